package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.harness.architecture.Checkout;
import dev.lockstep.harness.measurement.compare.MadeUpRun;
import dev.lockstep.harness.worker.error.ExitCode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCommandTest {
  @TempDir Path directory;

  private final PrintStream standardOutput = System.out;
  private final PrintStream standardError = System.err;
  private String before = "";
  private String after = "";

  private static MadeUpRun run(double simdMillis) {
    return new MadeUpRun()
        .backend("naive", 50)
        .backend("kvcache", 20)
        .backend("simd:threads=2", simdMillis);
  }

  @BeforeEach
  void write() {
    before = run(5).write(directory.resolve("before")).toString();
    after = run(6).revision("4567def").seed(2).write(directory.resolve("after")).toString();
  }

  @AfterEach
  void restore() {
    System.setOut(standardOutput);
    System.setErr(standardError);
  }

  private record Result(int exitCode, String out, String err) {}

  private static Result compare(String... arguments) {
    List<String> words = new ArrayList<>(List.of("compare"));
    words.addAll(List.of(arguments));
    return lockstep(words);
  }

  private static Result lockstep(List<String> words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream notes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(notes, true, StandardCharsets.UTF_8));
    StringWriter err = new StringWriter();
    int exitCode = Lockstep.run(new PrintWriter(err, true), words.toArray(String[]::new));
    return new Result(
        exitCode,
        out.toString(StandardCharsets.UTF_8),
        err + notes.toString(StandardCharsets.UTF_8));
  }

  private static void assertRefused(String words, String... arguments) {
    Result result = compare(arguments);
    assertEquals(ExitCode.USAGE, result.exitCode(), result.err());
    assertEquals("", result.out());
    assertTrue(result.err().contains(words), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
  }

  @Test
  void twoRunsAreComparedAndTheNotesStandApart() {
    Result result = compare(before, after);
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    assertTrue(result.out().contains("compared: revision (0123abc → 4567def)"), result.out());
    assertTrue(
        result.out().lines().anyMatch(line -> line.matches("simd:threads=2 .* slower")),
        result.out());
    assertTrue(result.err().contains("note: taken as unchanged: naive, kvcache"), result.err());
  }

  @Test
  void twoBackendsOfOneRunAreCompared() {
    Result result = compare(before, "--backends", "kvcache,simd");
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    assertTrue(
        result
            .out()
            .lines()
            .anyMatch(line -> line.matches("simd:threads=2 .*[34]\\.\\d+x.* faster")),
        result.out());
  }

  @Test
  void aRegressionIsExitCodeFour() {
    Result result = compare(before, after, "--fail-on-regression", "5%");
    assertEquals(ExitCode.REGRESSION, result.exitCode(), result.err());
    assertTrue(result.err().contains("regression: simd:threads=2, p, decode tok/s: 0.8"));
    assertEquals(ExitCode.OK, compare(before, after, "--fail-on-regression", "50%").exitCode());
    assertEquals(ExitCode.OK, compare(after, before, "--fail-on-regression=5").exitCode());
    String few = run(6).forks(3).write(directory.resolve("few")).toString();
    Result unknown = compare(before, few, "--fail-on-regression", "5%");
    assertEquals(ExitCode.ERROR, unknown.exitCode(), unknown.err());
  }

  @Test
  void jsonIsAllThatIsPrinted() throws Exception {
    Result result = compare(before, after, "--format", "json", "--anchor", "naive,kvcache");
    JsonNode json = new ObjectMapper().readTree(result.out());
    assertEquals(6, json.path("rows").size());
    assertEquals("", result.err());
  }

  @Test
  void markdownIsAllThatIsPrinted() {
    Result result = compare(before, after, "--format=markdown");
    assertTrue(result.out().contains("| simd:threads=2 | p | TTFT ms |"), result.out());
    assertTrue(result.out().contains("- taken as unchanged: naive, kvcache"), result.out());
    assertEquals("", result.err());
  }

  @Test
  void aRunIsExportedAsLlamaBenchPrintsIt() throws Exception {
    Result result = lockstep(List.of("export", before, "--format", "llama-bench"));
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    List<String> lines = result.out().lines().toList();
    assertEquals(6, lines.size());
    assertEquals("naive", new ObjectMapper().readTree(lines.getFirst()).path("backends").asText());
    Result other = lockstep(List.of("export", before, "--format", "csv"));
    assertEquals(ExitCode.USAGE, other.exitCode());
    assertTrue(other.err().contains("there is only llama-bench"), other.err());
    Path broken = new MadeUpRun().wrongBackend("broken").write(directory.resolve("broken"));
    Result nothing = lockstep(List.of("export", broken.toString(), "--format=llama-bench"));
    assertEquals(ExitCode.ERROR, nothing.exitCode());
    assertTrue(nothing.err().contains("no speed to export"), nothing.err());
  }

  @Test
  void publishedRunsOfAnEarlierVersionAreCompared() {
    Path published = Checkout.ROOT.resolve("results").resolve("simd");
    Result two =
        compare(
            published.resolve("staircase").toString(),
            "--backends",
            "simd:threads=1,simd:head=certified");
    assertEquals(ExitCode.OK, two.exitCode(), two.err());
    assertTrue(two.out().contains("king-of-jungle"), two.out());
    Result other =
        compare(published.resolve("staircase").toString(), published.resolve("speed").toString());
    assertEquals(ExitCode.USAGE, other.exitCode());
    assertTrue(other.err().contains("share no workload"), other.err());
  }

  @Test
  void aWrongCommandLineIsOneLineThatSaysWhatToDo() {
    assertRefused("another, or with --backends X,Y", before);
    assertRefused("compare takes two directories", before, after, before);
    assertRefused("are the same directory", before, before + "/.");
    assertRefused("two backends are needed", before, "--backends", "simd");
    assertRefused("two backends are needed", before, "--backends", "simd,");
    assertRefused("name one directory", before, after, "--backends", "naive,simd");
    assertRefused("round by round", before, "--backends", "naive,simd", "--anchor", "kvcache");
    assertRefused("there are naive", before, "--backends", "naive,cuda");
    assertRefused("does not exist", before, directory.resolve("none").toString());
    assertRefused("share no backend 'cuda'", before, after, "--anchor", "cuda");
  }

  @Test
  void anEffectThatCannotBeToldIsRefused() {
    assertRefused("never told apart", before, after, "--fail-on-regression", "0");
    assertRefused("never told apart", before, after, "--fail-on-regression", "2%");
    assertRefused("below 100%", before, after, "--fail-on-regression", "100%");
    assertRefused("is not a percentage", before, after, "--fail-on-regression=-5");
    assertRefused("is not a percentage", before, after, "--fail-on-regression", "five");
    assertRefused("below 100%", before, after, "--noise-threshold", "100");
    assertRefused("is not a percentage", before, after, "--noise-threshold", "a%");
  }
}
