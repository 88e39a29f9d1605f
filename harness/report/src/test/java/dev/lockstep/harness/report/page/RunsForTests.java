package dev.lockstep.harness.report.page;

import dev.lockstep.api.Ceilings;
import dev.lockstep.harness.measurement.operations.OperationCost;
import dev.lockstep.harness.measurement.operations.OperationTimes;
import dev.lockstep.harness.measurement.operations.OperationsJson;
import dev.lockstep.harness.measurement.results.EnvironmentJson;
import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.results.SummaryCsv;
import dev.lockstep.harness.measurement.results.VerificationCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Status;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;

/// Runs made up for tests, written as `run` writes them.
final class RunsForTests {
  /// What a page must not take for markup, or let turn the text around it.
  static final String HOSTILE =
      "</script><img src=x onerror=alert(1)>\"'&<!--\u202Eabc" + "x".repeat(10_000);

  private RunsForTests() {}

  /// Samples of backends of which each is twice as fast as the one before.
  static List<Sample> samples(List<String> backends, int forks, int rounds, int newTokens) {
    Random random = new Random(7);
    List<Sample> samples = new ArrayList<>();
    for (int b = 0; b < backends.size(); b++) {
      double millis = 64 / Math.pow(2, b);
      for (int fork = 1; fork <= forks; fork++) {
        for (int round = 1; round <= rounds; round++) {
          double[] gaps =
              DoubleStream.generate(() -> millis * (1 + 0.02 * random.nextDouble()))
                  .limit(newTokens - 1L)
                  .toArray();
          samples.add(
              new Sample(
                  new Sample.Key(fork, round, backends.get(b), "", "p"),
                  new Sample.Work(0, 10, newTokens, "plain"),
                  new Sample.Execution("cpu", 1, "", "worker"),
                  Sample.Result.IDENTICAL,
                  new Sample.Timing(5 * millis, 5 * millis + DoubleStream.of(gaps).sum(), gaps),
                  new Sample.Load(12.5, 40.25),
                  new Sample.Resources(
                      0L, 0L, 30L, 0.5, 3L, 0.0625, 40L, 1L << 20, 1L << 19, null, 0.25),
                  new Sample.Limits(25.5, 115, 50, 75.0)));
        }
      }
    }
    return samples;
  }

  /// Backends that could not run.
  static List<Sample> failures(List<String> backends, String reason) {
    return backends.stream()
        .map(
            backend ->
                Sample.untimed(
                    new Sample.Key(1, 1, backend, "", "p"),
                    new Sample.Work(0, 10, 4, "plain"),
                    Sample.Execution.NONE,
                    Status.UNAVAILABLE,
                    null,
                    reason))
        .toList();
  }

  /// Writes the files of a run.
  static void write(Path directory, List<Sample> samples, String text) {
    try (OutputDirectory output = OutputDirectory.open(directory)) {
      output.write(SamplesCsv.TABLE, samples);
      output.write(SummaryCsv.TABLE, SummaryCsv.entries(samples, VerdictRule.GIVEN_FORKS));
      output.write(VerificationCsv.TABLE, List.of());
      output.write(EnvironmentJson.FILE_NAME, EnvironmentJson.text(environment(samples, text)));
    }
  }

  /// Adds what two passes of each backend came to: two operations, and one for which nothing must
  /// be read or computed.
  static void writeOperations(Path directory, List<String> backends) {
    List<OperationTimes> results = new ArrayList<>();
    for (int b = 0; b < backends.size(); b++) {
      for (String pass : List.of("prefill(10)", "decode(10)")) {
        double millis = 8 / Math.pow(2, b);
        results.add(
            new OperationTimes(
                backends.get(b),
                "",
                pass,
                "host",
                millis,
                1.25 * millis,
                100,
                List.of(
                    operation("h.*.mlp.c_fc", 0.75 * millis, 12.5),
                    operation("h.*", 0.05 * millis, 0),
                    operation("lm_head", 0.2 * millis, 50)),
                new Ceilings(20e9, 100e9)));
      }
    }
    try (OutputDirectory output = OutputDirectory.open(directory)) {
      output.write(OperationsJson.FILE_NAME, OperationsJson.of(results));
    }
  }

  private static OperationTimes.Operation operation(String name, double millis, double percent) {
    return new OperationTimes.Operation(
        name, millis * 1.25, millis, 0.5, new OperationCost(1024, 2048), percent);
  }

  private static Map<String, Object> environment(List<Sample> samples, String text) {
    List<String> backends = samples.stream().map(each -> each.key().label()).distinct().toList();
    Map<String, Object> environment = new LinkedHashMap<>();
    environment.put("format", "lockstep-environment/1");
    environment.put("lockstep_revision", "0123abc");
    environment.put("started_at", "2026-01-02T03:04:05.678Z");
    environment.put("command", "./lockstep run -b " + String.join(",", backends));
    environment.put("host", Map.of("cpu", text, "cores", 2));
    environment.put("model", Map.of("name", text, "argument", "shakespeare"));
    environment.put(
        "plan",
        Map.of(
            "backends",
            backends,
            "forks",
            1,
            "prompts",
            List.of(Map.of("id", "p", "text", text, "prompt_ids", List.of(1, 2)))));
    environment.put(
        "backends",
        backends.stream()
            .map(each -> Map.of("backend", each, "options", Map.of(), "jvm_args", List.of()))
            .toList());
    environment.put("notes", List.of(text));
    return environment;
  }
}
