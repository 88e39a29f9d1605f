package dev.lockstep.harness.measurement.results;

import java.math.BigDecimal;
import java.math.MathContext;
import org.jspecify.annotations.Nullable;

/// Numbers as the CSV files write them: plain decimal notation with a point, whatever the locale;
/// six significant digits; blank for what was not measured.
public final class Numbers {
  private static final MathContext DIGITS = new MathContext(6);
  private static final MathContext SINGLE_PRECISION = new MathContext(9);

  private Numbers() {}

  /// A measured value; NaN and infinities are written as such.
  public static String text(@Nullable Double value) {
    if (value == null) {
      return "";
    }
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return value.toString();
    }
    BigDecimal rounded = new BigDecimal(value).round(DIGITS).stripTrailingZeros();
    boolean tiny = rounded.signum() != 0 && rounded.precision() - rounded.scale() < -5;
    return tiny ? rounded.toString() : rounded.toPlainString();
  }

  /// A value with as many digits as single precision has.
  static String exact(double value) {
    return Double.isFinite(value)
        ? new BigDecimal(value).round(SINGLE_PRECISION).toString()
        : Double.toString(value);
  }

  /// A count.
  public static String text(@Nullable Long value) {
    return value == null ? "" : value.toString();
  }

  /// A count.
  public static String text(@Nullable Integer value) {
    return value == null ? "" : value.toString();
  }
}
