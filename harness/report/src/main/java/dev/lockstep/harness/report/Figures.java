package dev.lockstep.harness.report;

import dev.lockstep.harness.measurement.statistics.SpeedUp;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Figures as a reader sees them: as many digits as mean something, blank for "not measured".
public final class Figures {
  private Figures() {}

  /// A time or a rate.
  public static String number(@Nullable Double value) {
    if (value == null) {
      return "";
    }
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 1000 ? "%.1f" : "%.0f", value);
  }

  /// A percentage, without its sign.
  public static String percent(@Nullable Double value) {
    return value == null ? "" : String.format(Locale.ROOT, value < 10 ? "%.1f" : "%.0f", value);
  }

  /// `13.69x`, with its interval where there is one.
  public static String speedUp(@Nullable SpeedUp speedUp) {
    if (speedUp == null) {
      return "";
    }
    String ratio = ratio(speedUp) + "x";
    Double low = speedUp.low();
    Double high = speedUp.high();
    return low == null || high == null
        ? ratio
        : ratio + String.format(Locale.ROOT, " [%.2f, %.2f]", low, high);
  }

  /// The ratio alone: `13.69`.
  public static String ratio(SpeedUp speedUp) {
    return String.format(Locale.ROOT, "%.2f", speedUp.ratio());
  }
}
