package dev.lockstep.harness.measurement.statistics;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Whether a series of rounds jumps: whether there is a round from which on the values lie
/// elsewhere.
///
/// Every split that leaves [#MIN_SIDE] values on either side is tried. Let `d` be the difference of
/// the two sides' medians and `s` the robust standard error of that difference (1.4826 times the
/// median absolute deviation from the own side's median, times √(π/2) for medians, times
/// √(1/n + 1/m)). The series jumps if `d` is more than [#MIN_JUMP] and `d / s` more than [#MIN_Z].
/// Of series without a jump, whose values are normally or t-distributed with three degrees of
/// freedom, or that have a stall now and then, less than one in a hundred passes `d / s`.
///
/// @param index of the first value after the jump
/// @param jump by how much the values lie higher from there on
record ChangePoint(int index, double jump) {
  /// With fewer values a jump cannot be told from noise.
  static final int MIN_VALUES = 8;

  private static final int MIN_SIDE = 3;
  private static final double MIN_Z = 12;

  /// As a logarithm: 5 %.
  private static final double MIN_JUMP = Math.log(1.05);

  private static final double MEDIAN_TO_MEAN = Math.sqrt(Math.PI / 2);

  /// The jump of a series, or null; of several splits that would do, the one whose sides' values
  /// lie nearest to their medians.
  ///
  /// @param values logarithms, in the order of the rounds
  static @Nullable ChangePoint find(double[] values) {
    if (values.length < MIN_VALUES) {
      return null;
    }
    ChangePoint found = null;
    double least = Double.POSITIVE_INFINITY;
    for (int split = MIN_SIDE; split <= values.length - MIN_SIDE; split++) {
      double[] left = Arrays.copyOf(values, split);
      double[] right = Arrays.copyOfRange(values, split, values.length);
      double jump = Estimators.median(right) - Estimators.median(left);
      double[] deviations = deviations(left, right);
      double sum = Arrays.stream(deviations).sum();
      double error = standardError(deviations, left.length, right.length);
      if (Math.abs(jump) > Math.max(MIN_JUMP, MIN_Z * error) && sum < least) {
        found = new ChangePoint(split, jump);
        least = sum;
      }
    }
    return found;
  }

  private static double[] deviations(double[] left, double[] right) {
    double[] deviations = new double[left.length + right.length];
    addDeviations(left, deviations, 0);
    addDeviations(right, deviations, left.length);
    return deviations;
  }

  private static double standardError(double[] deviations, int left, int right) {
    return Estimators.MAD_TO_SIGMA
        * MEDIAN_TO_MEAN
        * Estimators.median(deviations)
        * Math.sqrt(1.0 / left + 1.0 / right);
  }

  private static void addDeviations(double[] side, double[] deviations, int from) {
    double median = Estimators.median(side);
    for (int i = 0; i < side.length; i++) {
      deviations[from + i] = Math.abs(side[i] - median);
    }
  }
}
