package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.measurement.statistics.SpeedUp;
import java.util.Locale;

/// Why there is no verdict, in words.
final class Reasons {
  private Reasons() {}

  static String tooFewForks(int forks) {
    return String.format(
        Locale.ROOT,
        "a verdict needs %d forks, and %d %s; run with --forks %d",
        SpeedUp.MIN_FORKS,
        forks,
        forks == 1 ? "was timed" : "were timed",
        SpeedUp.MIN_FORKS);
  }

  static String tooFewForks(int before, int after) {
    return String.format(
        Locale.ROOT,
        "a verdict needs %d forks a side, and %d and %d were timed; run with --forks %d",
        SpeedUp.MIN_FORKS,
        before,
        after,
        SpeedUp.MIN_FORKS);
  }

  /// @param what `the two were timed`
  static String noRound(String what) {
    return "there is no round in which " + what;
  }
}
