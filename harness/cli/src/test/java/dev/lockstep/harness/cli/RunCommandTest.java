package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.harness.measurement.operations.OperationsJson;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.results.SummaryCsv;
import dev.lockstep.harness.measurement.results.TokensCsv;
import dev.lockstep.harness.measurement.results.VerificationCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Status;
import dev.lockstep.harness.verification.ConsistencyCheck;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.worker.error.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// The main job as a user runs it, on the embedded model.
@Execution(ExecutionMode.CONCURRENT) // they wait for processes of their own
@Tag("processes")
class RunCommandTest {
  private static final String PROMPT = "What say you to this, my lord?";

  @TempDir Path directory;

  private Path output() {
    return directory.resolve("out");
  }

  private List<Sample> samples() {
    return SamplesCsv.read(output().resolve(SamplesCsv.TABLE.fileName()));
  }

  private CommandLineProcess.Result run(int newTokens, String backends, String... more)
      throws IOException, InterruptedException {
    String[] arguments = new String[more.length + 7];
    List<String> first =
        List.of(
            "run", "-b", backends, "-n", Integer.toString(newTokens), "-o", output().toString());
    System.arraycopy(first.toArray(new String[0]), 0, arguments, 0, 7);
    System.arraycopy(more, 0, arguments, 7, more.length);
    return CommandLineProcess.run(arguments);
  }

  /// Though it comes first, it is no baseline; and what it has instead of a match is shown.
  @Test
  void anApproximateBackendIsTimedApart() throws Exception {
    CommandLineProcess.Result result =
        run(4, "approximate-int4,kvcache", "-r", "1", "-w", "0", PROMPT);
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    List<String> lines = result.out().lines().toList();
    assertTrue(lines.get(2).matches("kvcache +cpu .* 1\\.00x .*IDENTICAL"), result.out());
    assertTrue(lines.get(4).startsWith("approximate, so not comparable"), result.out());
    assertTrue(lines.get(5).contains("% of prompts  % of tokens  % top 1  KL mean"), result.out());
    assertTrue(
        lines.get(7).matches("approximate-int4 +cpu +[0-9.]+ +[0-9.]+ .*e-0[0-9] +APPROXIMATE"),
        result.out());
    List<String> summary = lines(SummaryCsv.TABLE.fileName());
    int speedup = SummaryCsv.TABLE.header().indexOf("decode_speedup");
    assertEquals("", summary.get(1).split(",", -1)[speedup], summary.get(1));
    assertEquals("1", summary.get(2).split(",", -1)[speedup], summary.get(2));
    // What an earlier run measured is taken over as what it was.
    CommandLineProcess.Result resumed =
        run(4, "approximate-int4,kvcache", "-r", "1", "-w", "0", "--resume", PROMPT);
    assertEquals(ExitCode.OK, resumed.exitCode(), resumed.err());
    assertTrue(
        lines(VerificationCsv.TABLE.fileName()).stream()
            .filter(row -> row.startsWith("approximate-int4"))
            .allMatch(row -> row.contains(",approximate,")),
        resumed.out());
  }

  /// Every combination is verified like any prompt: with the depth as the beginning of its context.
  @Test
  void sizesAreSweptAndADepthIsPartOfTheContext() throws Exception {
    String[] sweep = {"--n-prompt", "3,5", "--n-gen", "1,3", "--n-depth", "0,9", "-r", "2", "-w=0"};
    CommandLineProcess.Result result = run(4, "naive,kvcache,simd", sweep);
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    List<Sample> samples = samples();
    assertEquals(2 * 2 * 2 * 2 * 3, samples.size());
    for (Sample sample : samples) {
      assertEquals(MatchClass.IDENTICAL, sample.match(), sample.toString());
      assertEquals(sample.key().promptId().endsWith("-d9") ? 9 : 0, sample.depth());
      assertTrue(sample.key().promptId().startsWith("pp" + sample.promptTokens()));
      assertTrue(sample.key().promptId().contains("-tg" + sample.newTokens()));
    }
    assertTrue(result.err().contains("TTFT ms by prompt tokens: 3: "), result.err());
    assertTrue(result.err().contains(", 5 after 9: "), result.err());
    // The same plan goes on; another depth is another plan.
    CommandLineProcess.Result resumed =
        run(
            4,
            "naive,kvcache,simd",
            Stream.concat(Stream.of(sweep), Stream.of("--resume")).toArray(String[]::new));
    assertEquals(ExitCode.OK, resumed.exitCode(), resumed.err());
    assertEquals(samples.size(), samples().size());
    sweep[5] = "0,8";
    CommandLineProcess.Result other =
        run(
            4,
            "naive,kvcache,simd",
            Stream.concat(Stream.of(sweep), Stream.of("--resume")).toArray(String[]::new));
    assertEquals(ExitCode.USAGE, other.exitCode());
    assertTrue(other.err().contains("prompt 'pp3-tg1-d9'"), other.err());
  }

  @Test
  void sizesThatCannotBeAreRefused() throws Exception {
    assertRefused(
        "need 513 positions, but shakespeare holds 512",
        "--n-prompt=440",
        "--n-depth=70",
        "--n-gen=4");
    assertRefused("--n-prompt 0: at least 1", "--n-prompt=0");
    assertRefused("--n-depth -1: at least 0", "--n-prompt=3", "--n-depth=-1");
    assertRefused("a number is there twice", "--n-prompt=3,3");
    assertRefused("--n-gen is for --n-prompt", "--n-gen=3");
    assertRefused("--n-depth is for --n-prompt", "--n-depth=3");
  }

  private void assertRefused(String words, String... options) throws Exception {
    CommandLineProcess.Result result = run(4, "kvcache", options);
    assertEquals(ExitCode.USAGE, result.exitCode(), result.err());
    assertTrue(result.err().contains(words), result.err());
  }

  @Test
  void identicalBackendsGiveATableAndEveryFile() throws Exception {
    CommandLineProcess.Result result =
        run(4, "naive,kvcache", "-r", "2", "-w", "1", "--tokens", PROMPT, "The");
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    List<String> table = result.out().lines().toList();
    assertEquals(4, table.size(), result.out());
    assertTrue(table.get(2).matches("naive +cpu .*1\\.00x.*IDENTICAL"), result.out());
    assertTrue(table.get(3).matches("kvcache +cpu .*x.*IDENTICAL"), result.out());

    List<Sample> samples = samples();
    assertEquals(2 * 2 * 2, samples.size());
    for (Sample sample : samples) {
      assertEquals(Status.OK, sample.status());
      assertEquals(sample.key().round() == 1 ? "plain" : "prefix-2", sample.variation());
      Sample.Timing timing = sample.timing();
      assertNotNull(timing);
      assertEquals(3, timing.itlMillis().length);
      assertTrue(timing.ttftMillis() > 0 && timing.e2eMillis() > timing.ttftMillis());
      assertNotNull(sample.limits());
      assertNotNull(sample.load());
    }
    List<String> tokens = lines(TokensCsv.TABLE.fileName());
    assertEquals(1 + 2 * 2 * 2 * 4, tokens.size());
    // Both files hold the samples in the order in which they were taken.
    assertEquals(
        tokens.stream()
            .skip(1)
            .map(row -> row.substring(row.lastIndexOf(',') + 1))
            .filter(gap -> !gap.isEmpty())
            .toList(),
        lines(SamplesCsv.TABLE.fileName()).stream()
            .skip(1)
            .map(row -> row.split(",", -1)[SamplesCsv.TABLE.header().indexOf("itl_ms")])
            .flatMap(gaps -> Stream.of(gaps.split(" ")))
            .toList());
    assertEquals(1 + 2 * 2, lines(SummaryCsv.TABLE.fileName()).size());
    assertVerifications(2, 2 * 2 * 2 + 2 * 2);
    JsonNode environment =
        new ObjectMapper().readTree(output().resolve("environment.json").toFile());
    assertEquals("lockstep-environment/1", environment.path("format").asText());
    assertEquals(64, environment.path("model").path("sha256").asText().length());
    assertEquals("cpu", environment.at("/backends/0/execution_path/device").asText());
    assertEquals(PROMPT, environment.at("/plan/prompts/0/text").asText());
    // Of passes of a millisecond there are enough in a tenth of a fork that starts two JVMs.
    assertEquals(
        List.of("naive prefill(9)", "naive decode(9)", "kvcache prefill(9)", "kvcache decode(9)"),
        OperationsJson.read(output().resolve(OperationsJson.FILE_NAME)).stream()
            .map(times -> times.label() + " " + times.pass())
            .toList());
  }

  private List<String> lines(String file) throws IOException {
    return Files.readAllLines(output().resolve(file));
  }

  @Test
  void plantedBugsDivergeHaveNoSpeedAndExitWith3() throws Exception {
    List<String> bugs =
        List.of(
            "broken-gelu-erf",
            "broken-attention-scale",
            "seeded-weight:seed=2",
            "seeded-call:seed=1",
            "seeded-state:seed=1",
            "seeded-choice:seed=2",
            "seeded-cheat:seed=2");
    CommandLineProcess.Result result =
        run(16, "kvcache," + String.join(",", bugs), "-r", "1", "-w", "0", PROMPT);
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.err());
    Map<String, Sample> byBackend =
        samples().stream().collect(Collectors.toMap(s -> s.key().label(), s -> s));
    assertEquals(bugs.size() + 1, byBackend.size());
    for (String bug : bugs) {
      Sample sample = byBackend.get(bug);
      assertNotNull(sample, bug);
      assertEquals(MatchClass.DIVERGED, sample.match(), bug);
      assertEquals(Status.MISMATCH, sample.status(), bug);
      assertNull(sample.timing(), bug);
      assertFalse(sample.reason().isEmpty(), bug);
      String note = "note: %s on prompt-1: %s".formatted(bug, sample.reason());
      assertTrue(result.err().contains(note), result.err());
    }
    Sample right = byBackend.get("kvcache");
    assertNotNull(right);
    assertEquals(MatchClass.IDENTICAL, right.match());
    assertNotNull(right.timing());
  }

  /// Rows about the prompts, and for each backend those about what lies beyond them: the context,
  /// sharp prompts, secret ones, itself, its operations, and weak points.
  private void assertVerifications(int backends, int ofPrompts) throws IOException {
    List<String> rows = lines(VerificationCsv.TABLE.fileName());
    long beyond = rows.stream().filter(row -> row.contains(",beyond,")).count();
    assertEquals(1 + ofPrompts, rows.size() - beyond);
    assertEquals(backends * (5L + ConsistencyCheck.values().length), beyond);
  }

  @Test
  void aBackendThatMisbehavesCostsItsOwnRowsOnly() throws Exception {
    CommandLineProcess.Result result =
        run(
            4,
            "kvcache,faulty-crash:after=6,faulty-throw,faulty-memory,faulty-print,faulty-nan,faulty-load,faulty-path,faulty-short,faulty-rubbish",
            "-r",
            "2",
            "-w",
            "0",
            "--worker-jvm-arg=-Xmx256m",
            PROMPT);
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.err());
    Map<String, List<Status>> statuses =
        samples().stream()
            .collect(
                Collectors.groupingBy(
                    s -> s.key().backend(),
                    Collectors.mapping(Sample::status, Collectors.toList())));
    assertEquals(List.of(Status.OK, Status.OK), statuses.get("kvcache"));
    assertEquals(List.of(Status.OK, Status.OK), statuses.get("faulty-print"));
    assertEquals(List.of(Status.CRASHED, Status.NOT_RUN), statuses.get("faulty-crash"));
    assertEquals(List.of(Status.ERROR, Status.ERROR), statuses.get("faulty-throw"));
    assertEquals(List.of(Status.OUT_OF_MEMORY, Status.NOT_RUN), statuses.get("faulty-memory"));
    assertEquals(List.of(Status.ERROR, Status.NOT_RUN), statuses.get("faulty-load"));
    assertEquals(List.of(Status.ERROR, Status.NOT_RUN), statuses.get("faulty-path"));
    assertTrue(result.err().contains("warning: faulty-load threw"), result.err());
    assertEquals(List.of(Status.MISMATCH, Status.MISMATCH), statuses.get("faulty-nan"));
    assertEquals(List.of(Status.MISMATCH, Status.MISMATCH), statuses.get("faulty-short"));
    assertEquals(List.of(Status.MISMATCH, Status.MISMATCH), statuses.get("faulty-rubbish"));
    for (Sample sample : samples()) {
      assertFalse(sample.reason().contains("\n"), sample.reason());
      if (sample.status() != Status.OK) {
        assertFalse(sample.reason().isBlank(), sample.key().toString());
        assertTrue(result.err().contains("note: " + sample.key().label()), result.err());
      }
    }
  }

  @Test
  void aBackendThatHangsIsKilledAndSaysWhereItHung() throws Exception {
    CommandLineProcess.Result result =
        run(4, "kvcache,faulty-hang", "-r", "1", "-w", "0", "--timeout", "15", PROMPT);
    assertEquals(ExitCode.ERROR, result.exitCode(), result.err());
    Map<String, Sample> byBackend =
        samples().stream().collect(Collectors.toMap(s -> s.key().backend(), s -> s));
    Sample hung = byBackend.get("faulty-hang");
    assertNotNull(hung);
    assertTrue(hung.reason().contains("did not answer within 15.0 s"), hung.reason());
    Path log = output().resolve("logs").resolve("faulty-hang.log");
    assertTrue(Files.readString(log).contains("FaultyBackends$Hang"), log.toString());
    Sample right = byBackend.get("kvcache");
    assertNotNull(right);
    assertEquals(Status.OK, right.status());
  }

  @Test
  void anUnavailableBackendIsARowAndExits5IfItWasNamed() throws Exception {
    CommandLineProcess.Result result =
        run(4, "kvcache,faulty-unavailable,faulty-availability", "-r", "1", "-w", "0", PROMPT);
    assertEquals(ExitCode.UNAVAILABLE, result.exitCode(), result.err());
    Map<String, Sample> byBackend =
        samples().stream().collect(Collectors.toMap(s -> s.key().backend(), s -> s));
    Sample unavailable = byBackend.get("faulty-unavailable");
    assertNotNull(unavailable);
    assertEquals(Status.UNAVAILABLE, unavailable.status());
    assertEquals("libplanted.so.1 was not found; install nothing", unavailable.reason());
    Sample throwing = byBackend.get("faulty-availability");
    assertNotNull(throwing);
    assertEquals(Status.UNAVAILABLE, throwing.status());
    assertTrue(throwing.reason().contains("planted link error"), throwing.reason());
  }

  @Test
  void aKilledRunLosesNothingLeavesNoOrphanAndIsResumed() throws Exception {
    String[] arguments = {
      "run",
      "-b",
      "kvcache,faulty-slow",
      "-n",
      "4",
      "-r",
      "6",
      "-w",
      "0",
      "--tokens",
      "-o",
      output().toString(),
      PROMPT,
      "The"
    };
    Process parent =
        CommandLineProcess.command(arguments)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<ProcessHandle> workers = List.of();
    Path file = output().resolve(SamplesCsv.TABLE.fileName());
    while (parent.isAlive() && (!Files.exists(file) || SamplesCsv.read(file).size() < 3)) {
      workers = parent.descendants().toList();
      Thread.sleep(20);
    }
    workers = parent.descendants().toList();
    parent.destroyForcibly().waitFor();
    assertFalse(workers.isEmpty());
    for (ProcessHandle worker : workers) {
      worker.onExit().get(60, java.util.concurrent.TimeUnit.SECONDS);
    }
    List<Sample> before = samples();
    assertTrue(before.size() >= 3 && before.size() < 24, "rows: " + before.size());

    CommandLineProcess.Result again = CommandLineProcess.run(arguments);
    assertEquals(ExitCode.USAGE, again.exitCode());
    assertTrue(again.err().contains("--resume"), again.err());

    String[] resumed = java.util.Arrays.copyOf(arguments, arguments.length + 1);
    resumed[arguments.length] = "--resume";
    CommandLineProcess.Result result = CommandLineProcess.run(resumed);
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    List<Sample> after = samples();
    assertEquals(24, after.size());
    assertEquals(24, after.stream().map(Sample::key).distinct().count());
    assertEquals(
        before.stream().map(SamplesCsv.TABLE::cells).toList(),
        after.subList(0, before.size()).stream().map(SamplesCsv.TABLE::cells).toList());
    assertEquals(1 + 24 * 4, lines(TokensCsv.TABLE.fileName()).size());
    assertVerifications(2, 2 * 2 * 4 + 2 * 2);
  }

  @Test
  void aResumedRunMustHaveTheSamePlan() throws Exception {
    assertEquals(ExitCode.OK, run(4, "kvcache", "-r", "1", "-w", "0", PROMPT).exitCode());
    CommandLineProcess.Result other = run(4, "kvcache", "-r", "2", "-w", "0", "--resume", PROMPT);
    assertEquals(ExitCode.USAGE, other.exitCode());
    assertTrue(other.err().contains("another plan"), other.err());
  }
}
