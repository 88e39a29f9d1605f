package dev.lockstep.harness.measurement.statistics;

import java.util.Arrays;

/// Whether a series of rounds jumps: whether there is a round from which on the values lie
/// elsewhere.
///
/// Every split that leaves [#MIN_SIDE] values on either side is tried. Let `d` be the difference of
/// the two sides' medians and `s` the robust standard error of that difference (1.4826 times the
/// median absolute deviation from the own side's median, times √(π/2) for medians, times
/// √(1/n + 1/m)). The series jumps if `d` is more than [#MIN_JUMP] and `d / s` more than [#MIN_Z].
/// Of series without a jump, whose values are normally or t-distributed with three degrees of
/// freedom, about one in a hundred passes `d / s` at ten values and less at more.
final class ChangePoint {
  /// With fewer values a jump cannot be told from noise.
  static final int MIN_VALUES = 8;

  private static final int MIN_SIDE = 3;
  private static final double MIN_Z = 10;

  /// As a logarithm: 5 %.
  private static final double MIN_JUMP = Math.log(1.05);

  private static final double MAD_TO_SIGMA = 1.4826;
  private static final double MEDIAN_TO_MEAN = Math.sqrt(Math.PI / 2);

  private ChangePoint() {}

  /// @param values logarithms, in the order of the rounds
  static boolean isIn(double[] values) {
    if (values.length < MIN_VALUES) {
      return false;
    }
    for (int split = MIN_SIDE; split <= values.length - MIN_SIDE; split++) {
      double[] left = Arrays.copyOf(values, split);
      double[] right = Arrays.copyOfRange(values, split, values.length);
      double jump = Math.abs(Estimators.median(left) - Estimators.median(right));
      if (jump > MIN_JUMP && jump > MIN_Z * standardError(left, right)) {
        return true;
      }
    }
    return false;
  }

  private static double standardError(double[] left, double[] right) {
    double[] deviations = new double[left.length + right.length];
    addDeviations(left, deviations, 0);
    addDeviations(right, deviations, left.length);
    return MAD_TO_SIGMA
        * MEDIAN_TO_MEAN
        * Estimators.median(deviations)
        * Math.sqrt(1.0 / left.length + 1.0 / right.length);
  }

  private static void addDeviations(double[] side, double[] deviations, int from) {
    double median = Estimators.median(side);
    for (int i = 0; i < side.length; i++) {
      deviations[from + i] = Math.abs(side[i] - median);
    }
  }
}
