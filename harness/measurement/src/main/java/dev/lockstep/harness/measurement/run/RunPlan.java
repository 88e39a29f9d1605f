package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a run is going to do. It decides every token and the order of everything; two runs of one
/// plan differ in nothing but time.
///
/// @param newTokens how many tokens are generated after each prompt that does not say it itself
/// @param rounds timed rounds in each fork; a round visits every backend once
/// @param warmups untimed passes over all prompts before the first round; null for as many as it
///     takes ([dev.lockstep.harness.measurement.statistics.Warmth])
/// @param forks how often everything is repeated with fresh worker processes
/// @param sizing decides about more forks once those are done; null if there are none
/// @param seed of the order of backends and prompts and of the prefixes
/// @param acceptNearTies whether a near tie passes
/// @param timeout for each request to a worker
/// @param shard which part of it is carried out here
public record RunPlan(
    List<Prompt> prompts,
    int newTokens,
    int rounds,
    @Nullable Integer warmups,
    int forks,
    @Nullable ForkSizing sizing,
    long seed,
    boolean acceptNearTies,
    Duration timeout,
    Shard shard) {
  public RunPlan {
    prompts = List.copyOf(prompts);
  }

  /// Fewer passes leave code that is still being compiled.
  private static final int WARM_PASSES = 10;

  /// Whether backends are warm when their first round begins, as far as the plan can say.
  boolean warmsUp() {
    return warmups == null || warmups >= WARM_PASSES;
  }

  /// How many forks are made here.
  public int ownForks() {
    return shard.count(forks);
  }

  /// How many tokens are generated after a prompt.
  public int newTokens(Prompt prompt) {
    Integer own = prompt.newTokens();
    return own == null ? newTokens : own;
  }

  /// What verdicts on its samples rest on.
  public VerdictRule verdictRule() {
    return sizing == null ? VerdictRule.GIVEN_FORKS : VerdictRule.PILOT_FORKS;
  }
}
