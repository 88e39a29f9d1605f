package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.statistics.Baseline;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Summary;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/// How many forks a run makes where that is left to it (Stein, *A Two-Sample Test for a Linear
/// Hypothesis Whose Power Is Independent of the Variance*, 1945): [VerdictRule#PILOT] forks tell
/// the spread, and that once decides the number. It is never raised because of what came out.
///
/// @param effect the difference that is to be told: 0.05 is 5 %
/// @param cap how long the run may take
/// @param pilotOnly whether nothing is made but the pilot, for a plan that others carry out
public record ForkSizing(double effect, Duration cap, boolean pilotOnly) {
  public ForkSizing(double effect, Duration cap) {
    this(effect, cap, false);
  }

  /// What the pilot decided.
  ///
  /// @param forks with those of the pilot
  /// @param explanation one line
  record Decision(int forks, String explanation) {}

  /// @param pilot its samples, in the order in which backends are to appear
  /// @param elapsed how long it took to get there
  Decision decide(List<Sample> pilot, Duration elapsed) {
    int needed = VerdictRule.PILOT;
    Summary baseline = new Summary(Baseline.of(pilot));
    Map<String, List<Sample>> byBackend = new LinkedHashMap<>();
    for (Sample sample : pilot) {
      byBackend.computeIfAbsent(sample.key().label(), label -> new ArrayList<>()).add(sample);
    }
    for (List<Sample> samples : byBackend.values()) {
      OptionalInt forks =
          new Summary(samples)
              .forksToTell(effect, baseline, Sample.Timing::decodeMillis, VerdictRule.PILOT_FORKS);
      needed = Math.max(needed, forks.orElse(0));
    }
    long perForkMillis = Math.max(1, elapsed.toMillis() / VerdictRule.PILOT);
    long room = Math.max(0, cap.toMillis() - elapsed.toMillis()) / perForkMillis;
    int allowed = (int) Math.min(Integer.MAX_VALUE, VerdictRule.PILOT + room);
    String told =
        String.format(
            Locale.ROOT,
            "%d forks: the pilot of %d asks for %d to tell %.1f %% nine times in ten",
            Math.min(needed, allowed),
            VerdictRule.PILOT,
            needed,
            100 * effect);
    return needed <= allowed
        ? new Decision(needed, told)
        : new Decision(
            allowed,
            told
                + String.format(
                    Locale.ROOT, ", and --time %d s has room for %d", cap.toSeconds(), allowed));
  }
}
