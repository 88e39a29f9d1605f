package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.model.LoadedModel;
import dev.lockstep.tck.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the commands print and write is the same, character by character, in every locale: only
/// measured figures and this machine's state may differ between two runs, and their form may not.
/// The workers run in the locale too.
@Execution(ExecutionMode.CONCURRENT) // they wait for processes of their own
@Tag("processes")
class LocaleTest {
  private static final String MODEL =
      "synthetic:n_layer=2:n_head=2:n_embd=768:n_positions=1024:vocab_size=2048";

  private static final Pattern OTHER_DIGIT = Pattern.compile("[\\p{Nd}&&[^0-9]]");

  /// A measured figure, also one in scientific notation or of a hash.
  private static final Pattern FIGURE =
      Pattern.compile("-?(?:[0-9a-f]{8,}|[0-9]+(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)");

  @TempDir private static Path directory;
  private static String trained = "";
  private static Map<String, String> english = Map.of();

  @BeforeAll
  static void inEnglish() throws Exception {
    Golden untied =
        Golden.all().stream().filter(g -> g.name().equals("untied")).findFirst().orElseThrow();
    try (LoadedModel opened = untied.openModel()) {
      trained = opened.argument();
    }
    english = everything("en-US");
    assertTrue(
        english.getOrDefault("exact output", "").contains("enum { C = 768"),
        "the kernels' constants");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ar-EG-u-nu-arab", "fa-IR-u-nu-arabext", "hi-IN-u-nu-deva", "tr-TR", "de-DE"})
  void everyCommandWritesWhatItWritesInEnglish(String locale) throws Exception {
    Map<String, String> here = everything(locale);
    assertEquals(english.keySet(), here.keySet());
    here.forEach(
        (name, text) -> {
          assertFalse(OTHER_DIGIT.matcher(text).find(), name + " has other digits:\n" + text);
          assertEquals(form(name, english.getOrDefault(name, "")), form(name, text), name);
        });
  }

  /// What must be equal: all of what is computed, the form of what is measured. Columns are as wide
  /// as their figures, a sample is flagged and a note is made where the machine was busy, a later
  /// run knows what an earlier one saw, and the locale itself is recorded.
  private static String form(String name, String text) {
    if (name.startsWith("exact ")) {
      return text;
    }
    if (name.matches("run/(report\\.html|summary\\.md)")) {
      return ""; // they say what the other files say, and how much depends on the figures
    }
    if (name.equals("run/operations.json")) {
      // Where the time of a pass goes is looked into only if there is time for it.
      text = text.replaceAll("(?s)\\}, \\{\\s*\"backend\".*", "");
    }
    String anyLocale =
        text.replaceAll("-Duser\\.[^\"]*", "")
            .replaceAll("\"notes\" : \\[[^\\]]*\\]", "")
            .replaceAll(",(idle_cpu|cpu_wait|page_faults|compilation| )+,", ",,")
            .replaceAll(",(logits|weak_points),(?:earlier|\\d+ laws)?,", ",$1,,");
    return FIGURE.matcher(anyLocale).replaceAll("#").replaceAll("[ -]{2,}", " ");
  }

  /// All that the commands print and write, by name.
  private static Map<String, String> everything(String locale) throws Exception {
    Path work = Files.createDirectory(directory.resolve(locale));
    Path prompts = directory.resolve("prompts.jsonl");
    Files.writeString(prompts, "{\"prompt_ids\": [1, 2, 3]}\n");
    Map<String, String> all = new TreeMap<>();
    all.put(
        "exact output",
        output(
            work,
            locale,
            List.of("kernels", "-m", MODEL, "--dialect", "cuda"),
            List.of("kernels", "-m", MODEL, "--dialect", "hip"),
            List.of("kernels", "-m", MODEL, "--dialect", "opencl"),
            List.of("models"),
            List.of("generate", "-b", "kvcache", "-n", "8", "--temperature", "0.9", "ROMEO:")));
    all.put(
        "measured output",
        output(
            work,
            locale,
            List.of(
                "verify",
                "-m",
                trained,
                "-b",
                "broken-gelu-cube",
                "--random",
                "1",
                "--explain",
                "-n",
                "4",
                "--seed",
                "3",
                "-o",
                "verify",
                "--worker-jvm-arg=-XX:TieredStopAtLevel=1"),
            List.of(
                "run",
                "-m",
                trained,
                "-b",
                "kvcache,simd",
                "-n",
                "4",
                "-r",
                "1",
                "-w",
                "0",
                "-o",
                "run",
                "--worker-jvm-arg=-XX:TieredStopAtLevel=1",
                "-p",
                prompts.toString())));
    try (Stream<Path> files = Files.walk(work)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = work.relativize(file).toString();
        // Whether there is a chart depends on the figures, which may not be worth one.
        if (!name.endsWith(".log") && !name.endsWith(".safetensors") && !name.endsWith(".svg")) {
          all.put(name, text(file, work));
        }
      }
    }
    return all;
  }

  @SafeVarargs
  private static String output(Path work, String locale, List<String>... commands)
      throws IOException, InterruptedException {
    Locale tag = Locale.forLanguageTag(locale);
    String flags =
        "-Duser.language=%s -Duser.country=%s".formatted(tag.getLanguage(), tag.getCountry());
    String extensions = tag.getExtension(Locale.UNICODE_LOCALE_EXTENSION);
    if (extensions != null) {
      flags += " -Duser.extensions=u-" + extensions;
    }
    List<String> words = new ArrayList<>();
    for (List<String> command : commands) {
      if (!words.isEmpty()) {
        words.add("--");
      }
      words.addAll(command);
    }
    ProcessBuilder builder =
        CommandLineProcess.command(CommandsInALocale.class, words.toArray(String[]::new))
            .directory(work.toFile());
    // Workers take it from the environment too.
    builder.environment().put("JAVA_TOOL_OPTIONS", flags);
    Path out = Files.createTempFile(directory, "standard", ".out");
    Path err = Files.createTempFile(directory, "standard", ".err");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    try {
      assertTrue(process.waitFor(4, TimeUnit.MINUTES), "no end of " + Arrays.toString(commands));
    } finally {
      process.destroyForcibly();
    }
    String text = text(out, work);
    assertEquals(0, process.exitValue(), text + text(err, work));
    return text;
  }

  private static String text(Path file, Path work) throws IOException {
    return Files.readString(file).replace(work.toRealPath().toString(), "WORK");
  }
}
