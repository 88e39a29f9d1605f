package dev.lockstep.harness.measurement.statistics;

import java.util.Arrays;
import org.apache.commons.statistics.descriptive.Mean;
import org.apache.commons.statistics.descriptive.Median;
import org.apache.commons.statistics.descriptive.Quantile;
import org.apache.commons.statistics.descriptive.StandardDeviation;
import org.apache.commons.statistics.distribution.TDistribution;

/// The one place that calls Apache Commons Statistics. Some of its estimators sort parts of the
/// array that they are given, so each gets a copy: the caller's values keep their order, which for
/// a sample's gaps is the order of its tokens.
public final class Estimators {
  /// Makes the median absolute deviation estimate a normal distribution's standard deviation.
  static final double MAD_TO_SIGMA = 1.4826;

  private Estimators() {}

  /// The arithmetic mean; NaN of no values.
  public static double mean(double[] values) {
    return Mean.of(values.clone()).getAsDouble();
  }

  /// The sample standard deviation (divisor n − 1); NaN of no values.
  public static double standardDeviation(double[] values) {
    return StandardDeviation.of(values.clone()).getAsDouble();
  }

  /// The median; NaN of no values.
  public static double median(double[] values) {
    return Median.withDefaults().evaluate(values.clone());
  }

  /// The median absolute deviation from the median, scaled to a normal distribution's standard
  /// deviation; NaN of no values.
  static double robustDeviation(double[] values) {
    double median = median(values);
    return MAD_TO_SIGMA
        * median(Arrays.stream(values).map(value -> Math.abs(value - median)).toArray());
  }

  /// The quantile at `probability`, by Hyndman and Fan's estimator 8; NaN of no values.
  public static double quantile(double[] values, double probability) {
    return Quantile.withDefaults().evaluate(values.clone(), probability);
  }

  /// The quantile at `probability` of Student's t distribution.
  public static double studentQuantile(double degreesOfFreedom, double probability) {
    return TDistribution.of(degreesOfFreedom).inverseCumulativeProbability(probability);
  }
}
