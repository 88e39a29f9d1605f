package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.run.ForkSizing;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import dev.lockstep.harness.worker.error.UserError;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How often a run repeats everything with fresh workers.
final class ForkOptions {
  private static final String AUTO = "auto";
  private static final String DEFAULT_EFFECT = "5%";
  private static final String DEFAULT_TIME = "10m";

  @Option(
      names = "--forks",
      paramLabel = "N|auto",
      defaultValue = "1",
      description =
          "How often everything is repeated with fresh workers; from 5 on speed-ups get an interval and a verdict. auto: a pilot of 5 decides how many it takes to tell --effect (default: ${DEFAULT-VALUE}).")
  private String forks = "1";

  @Option(
      names = "--effect",
      paramLabel = "PCT",
      description =
          "With --forks auto: the difference that is to be told nine times in ten (default: "
              + DEFAULT_EFFECT
              + "%).")
  private @Nullable String effect;

  @Option(
      names = "--time",
      paramLabel = "DURATION",
      description =
          "With --forks auto: how long the run may take, 90s, 3m or 1h; the pilot is always finished (default: "
              + DEFAULT_TIME
              + ").")
  private @Nullable String time;

  /// How many forks are made in any case.
  int count() {
    if (forks.equals(AUTO)) {
      return VerdictRule.PILOT;
    }
    try {
      int count = Integer.parseInt(forks);
      if (count >= 1) {
        return count;
      }
    } catch (NumberFormatException e) {
      throw UserError.usage("--forks '%s' is neither auto nor a whole number".formatted(forks));
    }
    throw UserError.usage("--forks %s: at least 1 is needed".formatted(forks));
  }

  /// What decides about more; null if the number is given.
  ///
  /// @param pilotOnly whether nothing is made but the pilot
  @Nullable ForkSizing sizing(boolean pilotOnly) {
    if (!forks.equals(AUTO)) {
      String alone = effect != null ? "--effect" : time != null ? "--time" : null;
      if (alone != null) {
        throw UserError.usage(
            "%s is for --forks auto; the number of forks is given".formatted(alone));
      }
      return null;
    }
    double wanted = Percent.parse("--effect", effect == null ? DEFAULT_EFFECT : effect);
    double noiseThreshold = VerdictRule.PILOT_FORKS.noiseThreshold();
    if (wanted <= noiseThreshold) {
      throw UserError.usage(
          String.format(
              Locale.ROOT,
              "--effect %s: differences of %.3g %% and less are never told apart; ask for more",
              effect,
              100 * noiseThreshold));
    }
    return new ForkSizing(
        wanted, DurationText.parse("--time", time == null ? DEFAULT_TIME : time), pilotOnly);
  }
}
