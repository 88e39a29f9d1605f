package dev.lockstep.harness.measurement.statistics;

import dev.lockstep.harness.verification.MatchClass;
import java.util.Arrays;

/// Samples made up for tests.
public final class Samples {
  public static final int PROMPT_TOKENS = 3;

  private Samples() {}

  /// A good sample: the first token after `ttftMillis`, then one after each gap.
  public static Sample timed(
      String backend, int fork, int round, double ttftMillis, double... gapsMillis) {
    return new Sample(
        new Sample.Key(fork, round, backend, "threads=1", "p"),
        new Sample.Work(0, PROMPT_TOKENS, gapsMillis.length + 1, "plain"),
        new Sample.Execution("cpu", 1, "", Sample.Execution.WORKER_CLOCK),
        Sample.Result.IDENTICAL,
        new Sample.Timing(ttftMillis, ttftMillis + Arrays.stream(gapsMillis).sum(), gapsMillis),
        new Sample.Load(12.5, 40.25),
        new Sample.Resources(1L, 0L, 30L, 0.5, 3L, 0.0625, 40L, 1L << 20, 1L << 19, null, 0.25),
        new Sample.Limits(25.5, 115, 50, gapsMillis.length == 0 ? null : 75.0));
  }

  /// A sample whose tokens were wrong.
  public static Sample mismatch(String backend, int fork, int round) {
    return new Sample(
        new Sample.Key(fork, round, backend, "", "p"),
        new Sample.Work(0, PROMPT_TOKENS, 4, "prefix-2"),
        new Sample.Execution("cpu", 1, "", Sample.Execution.WORKER_CLOCK),
        new Sample.Result(
            Status.MISMATCH, MatchClass.DIVERGED, 2, "token 2: expected 5, got \"7\", and more"),
        null,
        new Sample.Load(12.5, null),
        new Sample.Resources(0L, 0L, null, null, null, null, null, null, 1L << 19, 77L, null),
        null);
  }
}
