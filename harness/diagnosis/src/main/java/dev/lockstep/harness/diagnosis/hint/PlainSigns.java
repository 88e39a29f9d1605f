package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.harness.diagnosis.operation.Estimate;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What can be seen in the wrong values themselves.
final class PlainSigns {
  /// Fewer values than this may be round by chance.
  private static final int MIN_VALUES = 16;

  private PlainSigns() {}

  /// Rows that no operation gives: nothing but zeros, or not numbers.
  static Optional<String> of(double[][] shown) {
    if (Arrays.stream(shown).flatMapToDouble(Arrays::stream).allMatch(value -> value == 0)) {
      return Optional.of("the row is all zeros, as if it was never written");
    }
    long notFinite =
        Arrays.stream(shown)
            .flatMapToDouble(Arrays::stream)
            .filter(value -> !Double.isFinite(value))
            .count();
    return notFinite == 0
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%d of %d values are not finite, though all inputs are",
                notFinite,
                (long) shown.length * shown[0].length));
  }

  /// Values with fewer bits than single precision has, off by no more than that.
  static Optional<String> rounded(double[][] shown, Estimate[] expected) {
    for (Precision precision : Precision.ALL) {
      if (isRounded(shown, expected, precision)) {
        return Optional.of("the result is rounded to " + precision.name());
      }
    }
    return Optional.empty();
  }

  private static boolean isRounded(double[][] shown, Estimate[] expected, Precision precision) {
    int values = 0;
    for (int t = 0; t < shown.length; t++) {
      for (int c = 0; c < shown[t].length; c++) {
        double right = expected[t].values()[c];
        double limit = precision.halfUlp() * Math.abs(right) + expected[t].budget(c);
        if (!precision.holds(shown[t][c]) || !(Math.abs(shown[t][c] - right) <= 2 * limit)) {
          return false;
        }
        values += right == 0 ? 0 : 1;
      }
    }
    return values >= MIN_VALUES;
  }
}
