package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.worker.error.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Engines in other processes: in the same rounds as backends, held to the same tokens; one that
/// misbehaves costs its own rows and a line.
@Tag("processes")
class EnginesTest {
  private static final String MODEL =
      "../../backend-tck/src/main/resources/dev/lockstep/tck/models/head-size-5";

  @TempDir private Path directory;

  private Path output() {
    return directory.resolve("run");
  }

  private CommandLineProcess.Result run(Path engines, String backends, String... more)
      throws Exception {
    Path prompts = directory.resolve("prompts.jsonl");
    Files.writeString(prompts, "{\"id\":\"p\",\"prompt_ids\":[3,1,4]}\n");
    String[] common = {
      "run",
      "-m",
      MODEL,
      "-b",
      backends,
      "--engines",
      engines.toString(),
      "-p",
      prompts.toString(),
      "-n",
      "3",
      "-r",
      "2",
      "-w",
      "0",
      "-o",
      output().toString()
    };
    String[] all = java.util.Arrays.copyOf(common, common.length + more.length);
    System.arraycopy(more, 0, all, common.length, more.length);
    return CommandLineProcess.run(all);
  }

  private List<Sample> rows(String backend) {
    return SamplesCsv.read(output().resolve("samples.csv")).stream()
        .filter(sample -> sample.key().backend().equals(backend))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"right,stdio", "socket,socket"})
  void anEngineRacesAndItsTokensAreCompared(String behaviour, String transport) throws Exception {
    Path engines =
        EngineProgram.describe(
            directory, "mine", behaviour, ", \"transport\": \"%s\"".formatted(transport));
    CommandLineProcess.Result result = run(engines, "naive,mine");
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    List<Sample> rows = rows("mine");
    assertEquals(2, rows.size());
    for (Sample row : rows) {
      assertEquals(MatchClass.TOKENS_EQUAL, row.match());
      assertEquals("engine", row.clock());
      assertTrue(row.isTimed());
      Sample.Resources used = row.resources();
      assertTrue(used != null && used.gcMillis() == null, "a program has no heap of ours");
    }
    for (Sample row : rows("naive")) {
      assertEquals(MatchClass.IDENTICAL, row.match());
      assertEquals("worker", row.clock());
    }
    String environment = Files.readString(output().resolve("environment.json"));
    assertTrue(environment.contains("weights f32, cache f32, arithmetic f32"), environment);
    assertFalse(result.err().contains("warning: mine"), result.err());
  }

  @Test
  void anEngineThatSaysThatItIsApproximateMayDiffer() throws Exception {
    Path engines =
        EngineProgram.describe(directory, "mine", "lies", ", \"claims\": {\"weights\": \"q8_0\"}");
    CommandLineProcess.Result result = run(engines, "naive,mine");
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    assertEquals(MatchClass.APPROXIMATE, rows("mine").getFirst().match());
    assertTrue(rows("mine").getFirst().isTimed());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lies     | 3 | mismatch | token 2: expected",
        "few      | 3 | mismatch | ",
        "timeless | 1 | rubbish  | tokens without times",
        "dies     | 1 | crashed  | ended with exit code 3",
        "fails    | 1 | error    | mine threw CudaError: out of luck",
        "no-path  | 1 | not_run  | execution_path is missing",
        "stalls   | 1 | not_run  | did not answer within 2.0 s",
      })
  void oneThatMisbehavesCostsItsOwnRows(
      String behaviour, int exitCode, String status, String message) throws Exception {
    Path engines = EngineProgram.describe(directory, "mine", behaviour, "");
    CommandLineProcess.Result result = run(engines, "kvcache,mine", "--timeout", "2");
    assertEquals(exitCode, result.exitCode(), result.err());
    assertEquals(2, rows("kvcache").stream().filter(Sample::isTimed).count());
    List<Sample> rows = rows("mine");
    assertTrue(rows.stream().anyMatch(row -> row.status().label().equals(status)), rows.toString());
    assertTrue(rows.stream().noneMatch(Sample::isTimed), rows.toString());
    String reasons = rows.stream().map(Sample::reason).toList().toString();
    assertTrue(message == null || reasons.contains(message), reasons);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ends       | ended with exit code 4: no licence was found",
        "banner     | sent a line that is no reply: ",
        "newer      | speaks protocol 7, not 1",
        "speechless | answers nothing; it must answer at least load, generate",
        "loads-only | answers [load]; it must answer at least load, generate",
      })
  void oneThatCannotBeSpokenToIsUnavailableWithItsReason(String behaviour, String message)
      throws Exception {
    Path engines = EngineProgram.describe(directory, "mine", behaviour, "");
    CommandLineProcess.Result result =
        CommandLineProcess.run("engines", "--engines", engines.toString());
    assertEquals(ExitCode.UNAVAILABLE, result.exitCode(), result.err());
    assertTrue(result.out().contains("mine       unavailable: "), result.out());
    assertTrue(result.out().contains(message), result.out());
  }

  @Test
  void whatDoesNotRunInAJvmOfOursIsRefusedWhereThatIsNeeded() throws Exception {
    Path engines = EngineProgram.describe(directory, "mine", "right", "");
    for (String command : List.of("tck", "micro")) {
      CommandLineProcess.Result result =
          CommandLineProcess.run(command, "-b", "mine", "--engines", engines.toString());
      assertEquals(ExitCode.USAGE, result.exitCode(), result.err());
      assertTrue(result.err().contains("mine is an engine in another process"), result.err());
    }
  }

  @Test
  void verifySaysWhatAnEngineDoesNotShow() throws Exception {
    Path engines = EngineProgram.describe(directory, "mine", "right", "");
    CommandLineProcess.Result result =
        CommandLineProcess.run(
            "verify",
            "-m",
            MODEL,
            "-b",
            "mine",
            "--engines",
            engines.toString(),
            "--random",
            "2",
            "-n",
            "2",
            "--explain");
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    assertTrue(result.out().contains("1 tokens                       PASS"), result.out());
    assertTrue(result.out().contains("2 logits                       NOT_SHOWN"), result.out());
    assertTrue(result.out().contains("mine does not answer 'teacher_force'"), result.out());
  }
}
