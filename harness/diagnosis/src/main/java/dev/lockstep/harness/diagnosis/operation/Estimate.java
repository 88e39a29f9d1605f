package dev.lockstep.harness.diagnosis.operation;

/// A row of an activation, evaluated in double precision, and how far single precision may be from
/// it.
///
/// @param values the row
/// @param budget for every value the largest error that rounding explains; empty if the row is what
///     the backend showed, which has none
public record Estimate(double[] values, double[] budget) {
  private static final double[] NONE = {};

  /// A row that the backend showed: whatever comes next was computed from exactly this.
  static Estimate shown(double[] values) {
    return new Estimate(values, NONE);
  }

  boolean isShown() {
    return budget.length == 0;
  }

  /// The budget of one value.
  public double budget(int channel) {
    return budget.length == 0 ? 0 : budget[channel];
  }

  /// The [Deviation#ratio()] of a value that was shown.
  public double ratio(int channel, double shown) {
    return new Deviation(channel, shown, values[channel], budget(channel)).ratio();
  }

  /// How a row that was shown compares with this one.
  public Deviation compare(double[] shown) {
    int worst = 0;
    double worstRatio = -1;
    for (int c = 0; c < values.length; c++) {
      double ratio = ratio(c, shown[c]);
      if (ratio > worstRatio) {
        worst = c;
        worstRatio = ratio;
      }
    }
    return new Deviation(worst, shown[worst], values[worst], budget(worst));
  }
}
