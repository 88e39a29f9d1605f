package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.harness.diagnosis.operation.Estimate;
import java.util.Locale;
import java.util.Optional;

/// Zeros where something else was expected: results that were never written, flushed or dropped.
final class Zeros {
  /// Fewer values than this may have one factor by chance.
  private static final int MIN_VALUES = 8;

  private final double[][] shown;
  private final Estimate[] expected;

  private Zeros(double[][] shown, Estimate[] expected) {
    this.shown = shown;
    this.expected = expected;
  }

  static Optional<String> of(double[][] shown, Estimate[] expected) {
    Zeros zeros = new Zeros(shown, expected);
    return zeros.onlyZerosAreWrong() ? zeros.neverWritten().or(zeros::flushed) : zeros.dropped();
  }

  private boolean isWrong(int t, int c) {
    return expected[t].ratio(c, shown[t][c]) > 1;
  }

  private boolean onlyZerosAreWrong() {
    for (int t = 0; t < shown.length; t++) {
      for (int c = 0; c < shown[t].length; c++) {
        if (shown[t][c] != 0 && isWrong(t, c)) {
          return false;
        }
      }
    }
    return true;
  }

  /// The same channels in every row, side by side.
  private Optional<String> neverWritten() {
    int first = Integer.MAX_VALUE;
    int last = -1;
    for (int c = 0; c < shown[0].length; c++) {
      if (isWrong(0, c)) {
        first = Math.min(first, c);
        last = c;
      }
    }
    for (double[] row : shown) {
      for (int c = 0; c < row.length; c++) {
        if (row[c] == 0 != (c >= first && c <= last)) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(
        first == last
            ? String.format(Locale.ROOT, "channel %d is always 0, as if nobody wrote it", first)
            : String.format(
                Locale.ROOT,
                "channels %d to %d are always 0, as if nobody wrote them",
                first,
                last));
  }

  /// Every value that is 0 was expected to be smaller than any that is not.
  private Optional<String> flushed() {
    double greatestZero = 0;
    double smallestOther = Double.POSITIVE_INFINITY;
    for (int t = 0; t < shown.length; t++) {
      for (int c = 0; c < shown[t].length; c++) {
        if (shown[t][c] == 0) {
          greatestZero = Math.max(greatestZero, Math.abs(expected[t].values()[c]));
        } else {
          smallestOther = Math.min(smallestOther, Math.abs(shown[t][c]));
        }
      }
    }
    return greatestZero < smallestOther
        ? Optional.of(
            String.format(
                Locale.ROOT, "small values are set to 0: those up to %.3g at least", greatestZero))
        : Optional.empty();
  }

  /// Some values are 0, and all others too large by one factor.
  private Optional<String> dropped() {
    double product = 0;
    double squares = 0;
    int dropped = 0;
    int kept = 0;
    for (int t = 0; t < shown.length; t++) {
      for (int c = 0; c < shown[t].length; c++) {
        double right = expected[t].values()[c];
        if (shown[t][c] == 0) {
          dropped += isWrong(t, c) ? 1 : 0;
        } else {
          kept++;
          product += shown[t][c] * right;
          squares += right * right;
        }
      }
    }
    double factor = product / squares;
    if (dropped == 0 || kept < MIN_VALUES || !(factor > 1)) {
      return Optional.empty();
    }
    for (int t = 0; t < shown.length; t++) {
      for (int c = 0; c < shown[t].length; c++) {
        if (shown[t][c] != 0 && !Proportions.explains(shown[t][c], factor, 0, expected[t], c)) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "dropout is left on: %d of %d values are 0, the others %.6g times what they should be",
            dropped,
            dropped + kept,
            factor));
  }
}
