package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.worker.error.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Engines in other processes: in the same rounds as backends, held to the same tokens; one that
/// misbehaves costs its own rows and a line.
@Tag("processes")
class EnginesTest {
  @TempDir private Path directory;

  private EngineRace race() {
    return new EngineRace(
        directory, "{\"id\":\"p\",\"prompt_ids\":[3,1,4]}\n", List.of("-n=3", "-r=2"));
  }

  private CommandLineProcess.Result run(Path engines, String backends, String... more)
      throws Exception {
    return race().run(engines, backends, more);
  }

  private List<Sample> rows(String backend) {
    return race().rows(backend);
  }

  private Path engines(String... descriptions) throws IOException {
    return EngineProgram.describe(directory, List.of(descriptions));
  }

  @Test
  void anEngineRacesAndItsTokensAreCompared() throws Exception {
    Path engines =
        engines(
            EngineProgram.description("piped", "right", ", \"transport\": \"stdio\""),
            EngineProgram.description("connected", "socket", ", \"transport\": \"socket\""),
            EngineProgram.description("coarse", "lies", ", \"claims\": {\"weights\": \"q8_0\"}"));
    CommandLineProcess.Result result = run(engines, "naive,piped,connected,coarse");
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    List<Sample> rows = new ArrayList<>(rows("piped"));
    rows.addAll(rows("connected"));
    assertEquals(4, rows.size());
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
    String environment = Files.readString(race().output().resolve("environment.json"));
    assertTrue(environment.contains("weights f32, cache f32, arithmetic f32"), environment);
    assertFalse(result.err().contains("lockstep: warning"), result.err());
    // One that says that it holds less than single precision may differ.
    assertEquals(MatchClass.APPROXIMATE, rows("coarse").getFirst().match());
    assertTrue(rows("coarse").getFirst().isTimed());
  }

  /// What it does, the status that it gets, and what is said about it.
  private static final String[][] MISBEHAVIOUR = {
    {"lies", "mismatch", "token 2: expected"},
    {"few", "mismatch", ""},
    {"timeless", "rubbish", "timeless gave tokens without times"},
    {"dies", "crashed", "ended with exit code 3"},
    {"fails", "error", "fails threw CudaError: out of luck"},
    {"no-path", "not_run", "execution_path is missing"},
    {"stalls", "not_run", "did not answer within 4.0 s"},
  };

  @Test
  void oneThatMisbehavesCostsItsOwnRows() throws Exception {
    List<String> descriptions = new ArrayList<>();
    StringBuilder backends = new StringBuilder("kvcache");
    for (String[] each : MISBEHAVIOUR) {
      descriptions.add(EngineProgram.description(each[0], each[0], ""));
      backends.append(',').append(each[0]);
    }
    Path engines = EngineProgram.describe(directory, descriptions);
    CommandLineProcess.Result result = run(engines, backends.toString(), "--timeout", "4");
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.err());
    assertEquals(2, rows("kvcache").stream().filter(Sample::isTimed).count());
    for (String[] each : MISBEHAVIOUR) {
      List<Sample> rows = rows(each[0]);
      assertTrue(
          rows.stream().anyMatch(row -> row.status().label().equals(each[1])), rows.toString());
      assertTrue(rows.stream().noneMatch(Sample::isTimed), rows.toString());
      String reasons = rows.stream().map(Sample::reason).toList().toString();
      assertTrue(reasons.contains(each[2]), reasons);
    }
  }

  private static final String[][] SPEECHLESSNESS = {
    {"ends", "ended with exit code 4: no licence was found"},
    {"banner", "sent a line that is no reply: "},
    {"newer", "speaks protocol 7, not 1"},
    {"speechless", "answers nothing; it must answer at least load, generate"},
    {"loads-only", "answers [load]; it must answer at least load, generate"},
  };

  @Test
  void oneThatCannotBeSpokenToIsUnavailableWithItsReason() throws Exception {
    List<String> descriptions = new ArrayList<>();
    for (String[] each : SPEECHLESSNESS) {
      descriptions.add(EngineProgram.description(each[0], each[0], ""));
    }
    descriptions.add(
        "{\"id\": \"absent\", \"speaks\": \"exec\", \"command\": [\"no-such-program\"]}");
    descriptions.add(EngineProgram.description("fine", "right", ""));
    Path engines = EngineProgram.describe(directory, descriptions);
    CommandLineProcess.Result result =
        CommandLineProcess.run("engines", "--engines", engines.toString());
    assertEquals(ExitCode.UNAVAILABLE, result.exitCode(), result.err());
    for (String[] each : SPEECHLESSNESS) {
      String line = line(result.out(), each[0]);
      assertTrue(line.contains("unavailable: ") && line.contains(each[1]), line);
    }
    assertTrue(line(result.out(), "absent").contains("is it installed, and executable?"));
    assertTrue(line(result.out(), "fine").endsWith(" answers"), result.out());
  }

  private static String line(String out, String id) {
    return out.lines().filter(line -> line.startsWith(id + " ")).findFirst().orElseThrow();
  }

  @Test
  void whatDoesNotRunInAJvmOfOursIsRefusedWhereThatIsNeeded() throws Exception {
    Path engines = engines(EngineProgram.description("mine", "right", ""));
    for (String command : List.of("tck", "micro")) {
      CommandLineProcess.Result result =
          CommandLineProcess.run(command, "-b", "mine", "--engines", engines.toString());
      assertEquals(ExitCode.USAGE, result.exitCode(), result.err());
      assertTrue(result.err().contains("mine is an engine in another process"), result.err());
    }
  }

  @Test
  void verifySaysWhatAnEngineDoesNotShow() throws Exception {
    Path engines = engines(EngineProgram.description("mine", "right", ""));
    CommandLineProcess.Result result =
        CommandLineProcess.run(
            "verify",
            "-m",
            EngineRace.MODEL,
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
