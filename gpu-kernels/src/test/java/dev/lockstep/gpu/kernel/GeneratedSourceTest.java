package dev.lockstep.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.KernelSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The generated source, sealed: a diff shows what a change of a kernel makes of it.
///
/// Two programs are kept whole, and a digest of each program. After an intended change, `mvn test
/// -pl gpu-kernels -am -DtestArguments=-Dlockstep.record=DIRECTORY` writes the files anew, to be
/// reviewed and put in `src/test/resources`.
class GeneratedSourceTest {
  private static final String RECORD = "lockstep.record";
  private static final int VOCABULARY = 50_257;

  private static final List<KernelOptions> OPTIONS =
      List.of(
          KernelOptions.DEFAULT,
          new KernelOptions(true, false, true),
          new KernelOptions(false, true, true),
          new KernelOptions(false, false, true),
          new KernelOptions(true, true, false),
          new KernelOptions(false, false, false));

  private static Map<String, Gpt2Config> shapes() {
    Map<String, Gpt2Config> shapes = new LinkedHashMap<>();
    shapes.put("gpt2", new Gpt2Config(12, 12, 768, 1024, VOCABULARY, 1e-5));
    shapes.put("gpt2-medium", new Gpt2Config(24, 16, 1024, 1024, VOCABULARY, 1e-5));
    shapes.put("gpt2-large", new Gpt2Config(36, 20, 1280, 1024, VOCABULARY, 1e-5));
    shapes.put("gpt2-xl", new Gpt2Config(48, 25, 1600, 1024, VOCABULARY, 1e-5));
    shapes.put("odd", new Gpt2Config(2, 3, 33, 67, 61, 1e-5));
    shapes.put("width-1", new Gpt2Config(1, 1, 1, 1, 1, 1e-5));
    shapes.put("wide-head", new Gpt2Config(1, 1, 1000, 300, 1000, 1e-6));
    return shapes;
  }

  private static KernelSource source(Gpt2Config config, Dialect dialect, KernelOptions options) {
    return KernelGenerator.generate(config, DeviceTraits.typical(dialect), options);
  }

  private static String words(KernelOptions options) {
    return (options.fuse() ? "" : " unfused")
        + (options.specialise() ? "" : " general")
        + (options.oneOrder() ? "" : " fast");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2.cuda", "odd.opencl"})
  void aWholeProgramIsWhatItWas(String name) throws IOException {
    String shape = name.substring(0, name.indexOf('.'));
    Dialect dialect = name.endsWith("cuda") ? Dialect.CUDA : Dialect.OPENCL;
    compare(name + ".c", source(config(shape), dialect, KernelOptions.DEFAULT).text());
  }

  private static Gpt2Config config(String shape) {
    return shapes().entrySet().stream()
        .filter(entry -> entry.getKey().equals(shape))
        .findFirst()
        .orElseThrow()
        .getValue();
  }

  @Test
  void everyKernelIsWhatItWas() throws IOException {
    Map<String, String> digests = new TreeMap<>();
    shapes()
        .forEach(
            (name, config) -> {
              for (Dialect dialect : Dialect.values()) {
                for (KernelOptions options : OPTIONS) {
                  String text = source(config, dialect, options).text();
                  digests.put(
                      name + " " + dialect.word() + words(options),
                      String.format(Locale.ROOT, "%08x", text.hashCode()));
                }
              }
            });
    StringBuilder lines = new StringBuilder();
    digests.forEach((what, digest) -> lines.append(digest).append(' ').append(what).append('\n'));
    compare("digests.txt", lines.toString());
  }

  @Test
  void theSameShapeGivesTheSameTextAndNamesItsKernels() {
    shapes()
        .values()
        .forEach(
            config -> {
              KernelSource source = source(config, Dialect.HIP, KernelOptions.DEFAULT);
              assertEquals(source, source(config, Dialect.HIP, KernelOptions.DEFAULT));
              for (String kernel : source.kernels()) {
                assertTrue(
                    source.text().matches("(?s).*\\nKERNEL(_PAIR)? void " + kernel + "\\(.*"),
                    kernel);
              }
            });
  }

  @Test
  void kernelsThatAreNotSpecialisedKnowNoSizeOfTheModel() {
    KernelOptions general = new KernelOptions(true, false, true);
    String text = source(config("gpt2"), Dialect.CUDA, general).text();
    assertTrue(text.contains("int n_embd, int n_head, int n_positions, int vocab_size"));
    assertTrue(!text.contains("enum {"), "no size as a constant");
  }

  private static void compare(String name, String text) throws IOException {
    String record = System.getProperty(RECORD);
    if (record != null) {
      Files.writeString(Files.createDirectories(Path.of(record)).resolve(name), text);
      return;
    }
    try (InputStream in = GeneratedSourceTest.class.getResourceAsStream("source/" + name)) {
      assertTrue(in != null, name + " was never recorded");
      assertEquals(new String(in.readAllBytes(), StandardCharsets.UTF_8), text, name);
    }
  }
}
