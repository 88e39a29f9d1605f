package dev.lockstep.harness.measurement.statistics;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Describes repeated measurements of one thing. What too few of them cannot tell is null.
public final class Distribution {
  /// The 99th percentile of fewer values is their greatest one in disguise.
  private static final int MIN_FOR_P99 = 100;

  /// Values further from the median than this many robust standard deviations are outliers
  /// (Iglewicz and Hoaglin's modified z-score).
  private static final double OUTLIER_Z = 3.5;

  private final double[] values;

  public Distribution(double[] values) {
    this.values = values.clone();
  }

  public @Nullable Double mean() {
    return values.length == 0 ? null : Estimators.mean(values);
  }

  /// The sample standard deviation (divisor n − 1).
  public @Nullable Double standardDeviation() {
    return values.length < 2 ? null : Estimators.standardDeviation(values);
  }

  public @Nullable Double median() {
    return values.length == 0 ? null : Estimators.median(values);
  }

  public @Nullable Double p99() {
    return values.length < MIN_FOR_P99 ? null : Estimators.quantile(values, 0.99);
  }

  public @Nullable Double max() {
    return values.length == 0 ? null : Arrays.stream(values).max().orElseThrow();
  }

  /// How many values are outliers. They are counted, never dropped.
  public int outliers() {
    if (values.length < 3) {
      return 0;
    }
    double median = Estimators.median(values);
    double sigma = Estimators.robustDeviation(values);
    return (int)
        Arrays.stream(values)
            .filter(x -> sigma > 0 && Math.abs(x - median) > OUTLIER_Z * sigma)
            .count();
  }
}
