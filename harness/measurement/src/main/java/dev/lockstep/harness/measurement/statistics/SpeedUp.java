package dev.lockstep.harness.measurement.statistics;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// How many times as fast one backend is as another.
///
/// Ratios are taken within a round, where both saw the same machine, as logarithms. A fork's
/// estimate is their **median**: what disturbs a round is one-sided and strikes one backend of it,
/// so a single stall would move a mean (docs/metrics.md has the spread of both). The replication
/// unit is the fork: rounds of one fork share a JVM, its code layout and its luck, so they do not
/// count as independent. The forks' estimates are averaged; with fewer than [#MIN_FORKS] of them
/// there is a ratio but no interval and no verdict.
///
/// @param ratio above 1 is faster
/// @param low lower end of the 95 % interval (Student's t on the forks' estimates), or null
/// @param high its upper end, or null
/// @param verdict what can be said, or null
/// @param detectable the smallest difference that these forks, spread as they are, would have
///     told nine times in ten: 0.05 is 5 %; or null
public record SpeedUp(
    double ratio,
    @Nullable Double low,
    @Nullable Double high,
    @Nullable String verdict,
    @Nullable Double detectable) {
  public static final int MIN_FORKS = 5;
  public static final String FASTER = "faster";
  public static final String SLOWER = "slower";
  public static final String UNSTEADY = "none: the ratio jumped within forks";
  public static final String UNDECIDED = "no difference that can be told";

  private static final double CONFIDENCE = 0.95;
  private static final double MAX_JUMPING = 0.1;

  /// How often a difference that is [#detectable] is told.
  private static final double POWER = 0.9;

  /// @param logRatiosByFork for each fork, the logarithms of its rounds' ratios; no fork is empty
  /// @return null if there are no ratios
  public static @Nullable SpeedUp of(List<double[]> logRatiosByFork, VerdictRule rule) {
    int forks = logRatiosByFork.size();
    if (forks == 0) {
      return null;
    }
    double[] estimates = estimates(logRatiosByFork);
    double mean = Estimators.mean(estimates);
    if (forks < MIN_FORKS) {
      return new SpeedUp(Math.exp(mean), null, null, null, null);
    }
    int spreading = rule.pilot() == 0 ? forks : Math.min(rule.pilot(), forks);
    double error =
        Estimators.standardDeviation(Arrays.copyOf(estimates, spreading)) / Math.sqrt(forks);
    return of(mean, error, spreading - 1.0, jumps(logRatiosByFork), rule);
  }

  /// How many times as fast one backend became from one run to another, by its ratio to a backend
  /// that both runs hold: the two runs share no round, and machines drift between them.
  ///
  /// The interval is Welch's, for two samples of forks whose spreads may differ.
  ///
  /// @param before of the earlier run, as in [#of]
  /// @param after of the later run
  /// @return null if there are no ratios in one of them
  public static @Nullable SpeedUp between(
      List<double[]> before, List<double[]> after, VerdictRule rule) {
    if (before.isEmpty() || after.isEmpty()) {
      return null;
    }
    double[] old = estimates(before);
    double[] recent = estimates(after);
    double difference = Estimators.mean(recent) - Estimators.mean(old);
    if (old.length < MIN_FORKS || recent.length < MIN_FORKS) {
      return new SpeedUp(Math.exp(difference), null, null, null, null);
    }
    double oldVariance = Math.pow(Estimators.standardDeviation(old), 2) / old.length;
    double recentVariance = Math.pow(Estimators.standardDeviation(recent), 2) / recent.length;
    double variance = oldVariance + recentVariance;
    double degreesOfFreedom =
        variance == 0
            ? Math.min(old.length, recent.length) - 1.0
            : variance
                * variance
                / (oldVariance * oldVariance / (old.length - 1)
                    + recentVariance * recentVariance / (recent.length - 1));
    return of(
        difference, Math.sqrt(variance), degreesOfFreedom, jumps(before) || jumps(after), rule);
  }

  private static SpeedUp of(
      double mean, double error, double degreesOfFreedom, boolean jumps, VerdictRule rule) {
    double half = Estimators.studentQuantile(degreesOfFreedom, (1 + CONFIDENCE) / 2) * error;
    double low = Math.exp(mean - half);
    double high = Math.exp(mean + half);
    double missed = Estimators.studentQuantile(degreesOfFreedom, POWER) * error;
    return new SpeedUp(
        Math.exp(mean),
        low,
        high,
        jumps ? UNSTEADY : verdict(low, high, rule.noiseThreshold()),
        Math.expm1(Math.log1p(rule.noiseThreshold()) + half + missed));
  }

  private static double[] estimates(List<double[]> logRatiosByFork) {
    return logRatiosByFork.stream().mapToDouble(ratios -> Estimators.median(ratios)).toArray();
  }

  /// Whether the ratio jumps in too many forks to say anything: one of five, two of ten. A jump
  /// moves its fork's estimate, which the spread over the forks counts, and of many forks one may
  /// look like it by chance.
  private static boolean jumps(List<double[]> logRatiosByFork) {
    long jumping = logRatiosByFork.stream().filter(r -> ChangePoint.find(r) != null).count();
    return jumping > MAX_JUMPING * logRatiosByFork.size();
  }

  /// How many forks it takes to tell a difference nine times in ten, by the spread of these.
  ///
  /// The interval must lie beyond the noise threshold, so what is left of the effect counts:
  /// `n ≥ ((t(0.975, ν) + t(0.9, ν)) · s / (ln(1 + effect) − ln(1 + threshold)))²`, with the spread
  /// `s` of the pilot's forks and its ν degrees of freedom.
  ///
  /// @param effect more than the threshold
  /// @return empty with fewer than [#MIN_FORKS] forks
  static OptionalInt forksToTell(double effect, List<double[]> logRatiosByFork, VerdictRule rule) {
    int forks = logRatiosByFork.size();
    if (forks < MIN_FORKS) {
      return OptionalInt.empty();
    }
    double[] estimates = estimates(logRatiosByFork);
    double t =
        Estimators.studentQuantile(forks - 1.0, (1 + CONFIDENCE) / 2)
            + Estimators.studentQuantile(forks - 1.0, POWER);
    double root =
        t
            * Estimators.standardDeviation(estimates)
            / (Math.log1p(effect) - Math.log1p(rule.noiseThreshold()));
    return OptionalInt.of((int) Math.min(Integer.MAX_VALUE, Math.ceil(root * root)));
  }

  private static String verdict(double low, double high, double noiseThreshold) {
    if (low > 1 + noiseThreshold) {
      return FASTER;
    }
    return high < 1 / (1 + noiseThreshold) ? SLOWER : UNDECIDED;
  }
}
