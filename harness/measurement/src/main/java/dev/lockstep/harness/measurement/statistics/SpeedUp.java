package dev.lockstep.harness.measurement.statistics;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How many times as fast one backend is as another.
///
/// Ratios are taken within a round, where both saw the same machine, and averaged as logarithms.
/// The replication unit is the fork: rounds of one fork share a JVM, its code layout and its luck,
/// so they do not count as independent. With fewer than [#MIN_FORKS] forks there is a ratio but
/// no interval and no verdict.
///
/// @param ratio above 1 is faster
/// @param low lower end of the 95 % interval (Student's t on the forks' mean log ratios), or null
/// @param high its upper end, or null
/// @param verdict what can be said, or null
public record SpeedUp(
    double ratio, @Nullable Double low, @Nullable Double high, @Nullable String verdict) {
  public static final int MIN_FORKS = 5;
  public static final String FASTER = "faster";
  public static final String SLOWER = "slower";
  public static final String UNDECIDED = "no difference that can be told";

  private static final double CONFIDENCE = 0.95;

  /// @param logRatiosByFork for each fork, the logarithms of its rounds' ratios; no fork is empty
  /// @param noiseThreshold differences within this fraction are not told apart, however sure: 0.02
  /// @return null if there are no ratios
  public static @Nullable SpeedUp of(List<double[]> logRatiosByFork, double noiseThreshold) {
    int forks = logRatiosByFork.size();
    if (forks == 0) {
      return null;
    }
    double[] means =
        logRatiosByFork.stream().mapToDouble(ratios -> Estimators.mean(ratios)).toArray();
    double mean = Estimators.mean(means);
    if (forks < MIN_FORKS) {
      return new SpeedUp(Math.exp(mean), null, null, null);
    }
    double t = Estimators.studentQuantile(forks - 1.0, (1 + CONFIDENCE) / 2);
    double half = t * Estimators.standardDeviation(means) / Math.sqrt(forks);
    double low = Math.exp(mean - half);
    double high = Math.exp(mean + half);
    return new SpeedUp(Math.exp(mean), low, high, verdict(low, high, noiseThreshold));
  }

  private static String verdict(double low, double high, double noiseThreshold) {
    if (low > 1 + noiseThreshold) {
      return FASTER;
    }
    return high < 1 - noiseThreshold ? SLOWER : UNDECIDED;
  }
}
