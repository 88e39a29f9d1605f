package dev.lockstep.harness.verification;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Holds a backend against itself on one short prompt: sessions beside each other, closed, emptied,
/// rewound, on several threads. It is looser than `verify`: what must have the same bits may differ
/// here by what rounding can explain, so that what is found is a fault of state.
public final class ConsistencyPass {
  private static final int PROMPT = 14;
  private static final int NEXT = 4;

  private final Gpt2Config config;
  private final int[] prompt;
  private final int[] next;

  /// @param tokens whose beginning is used
  public ConsistencyPass(Gpt2Config config, int[] tokens) {
    this.config = config;
    int length = Math.clamp(tokens.length - NEXT, 1, PROMPT);
    prompt = Arrays.copyOf(tokens, length);
    next = Arrays.copyOfRange(tokens, length, Math.min(tokens.length, length + NEXT));
  }

  /// How many tokens the prompt has.
  public int promptTokens() {
    return prompt.length;
  }

  /// @param bound what rounding can explain
  /// @return what came of each check
  /// @throws WorkerFailure if the backend fails
  public Map<ConsistencyCheck, RowComparison> check(Worker worker, double bound, Duration timeout)
      throws WorkerFailure {
    return check(Playback.ScriptRunner.of(worker, timeout), bound);
  }

  Map<ConsistencyCheck, RowComparison> check(Playback.ScriptRunner runner, double bound)
      throws WorkerFailure {
    SelfConsistency self = new SelfConsistency(runner, config, prompt, next, bound, false);
    Map<ConsistencyCheck, RowComparison> comparisons = new LinkedHashMap<>();
    for (ConsistencyCheck check : self.checks()) {
      comparisons.put(check, self.run(check));
    }
    return comparisons;
  }
}
