package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Rounding;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Rows that are right but for one factor, or one shift, of all their values.
final class Proportions {
  /// A row of fewer values may be proportional by chance.
  private static final int MIN_VALUES = 8;

  /// By how much the factors of two rows may differ and still be one, relative.
  private static final double SAME = 1e-5;

  private final double[][] shown;
  private final Estimate[] expected;

  private Proportions(double[][] shown, Estimate[] expected) {
    this.shown = shown;
    this.expected = expected;
  }

  /// Of any operation.
  static Optional<String> of(double[][] shown, Estimate[] expected) {
    Proportions rows = new Proportions(shown, expected);
    return shown[0].length < MIN_VALUES
        ? Optional.empty()
        : rows.factor("every value").or(rows::shift);
  }

  /// Of a linear layer: its bias may be right where the rest is not.
  static Optional<String> of(double[][] shown, Estimate[] expected, double[] bias) {
    if (bias.length == 0) {
      return of(shown, expected);
    }
    double[][] products = new double[shown.length][];
    Estimate[] right = new Estimate[shown.length];
    for (int t = 0; t < shown.length; t++) {
      products[t] = less(shown[t], bias);
      right[t] = new Estimate(less(expected[t].values(), bias), expected[t].budget());
    }
    return of(shown, expected)
        .or(
            () ->
                shown[0].length < MIN_VALUES
                    ? Optional.empty()
                    : new Proportions(products, right).factor("what is added to the bias"));
  }

  /// Of logits, which somebody may have processed further.
  static Optional<String> ofLogits(double[][] shown, Estimate[] expected) {
    Proportions rows = new Proportions(shown, expected);
    if (shown[0].length < MIN_VALUES) {
      return Optional.empty();
    }
    return rows.isLogSoftmax()
        ? Optional.of("they are logarithms of probabilities: log-softmax was applied")
        : rows.areProbabilities()
            ? Optional.of("they are probabilities: softmax was applied")
            : of(shown, expected);
  }

  private static double[] less(double[] row, double[] bias) {
    double[] values = new double[row.length];
    Arrays.setAll(values, c -> row[c] - bias[c]);
    return values;
  }

  /// Whether a value is the expected one times a factor plus a shift, down to the budget of what
  /// was scaled and the roundings of scaling and shifting.
  static boolean explains(double shown, double factor, double shift, Estimate expected, int c) {
    double scaled = factor * expected.values()[c];
    double roundings = Math.abs(scaled) + Math.abs(shift) + Math.abs(shown);
    double budget = Math.abs(factor) * expected.budget(c) + Rounding.UNIT * roundings;
    return Math.abs(shown - scaled - shift) <= budget;
  }

  private Optional<String> factor(String what) {
    double[] factors = new double[shown.length];
    for (int t = 0; t < shown.length; t++) {
      double product = 0;
      double squares = 0;
      for (int c = 0; c < shown[t].length; c++) {
        product += shown[t][c] * expected[t].values()[c];
        squares += expected[t].values()[c] * expected[t].values()[c];
      }
      factors[t] = product / squares;
      for (int c = 0; c < shown[t].length; c++) {
        if (!explains(shown[t][c], factors[t], 0, expected[t], c)) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(what + " is " + oneOrMany(factors) + " times what it should be");
  }

  private Optional<String> shift() {
    double[] shifts = new double[shown.length];
    for (int t = 0; t < shown.length; t++) {
      for (int c = 0; c < shown[t].length; c++) {
        shifts[t] += (shown[t][c] - expected[t].values()[c]) / shown[t].length;
      }
      for (int c = 0; c < shown[t].length; c++) {
        if (!explains(shown[t][c], 1, shifts[t], expected[t], c)) {
          return Optional.empty();
        }
      }
    }
    return Optional.of("every value is off by the same: " + oneOrMany(shifts));
  }

  private static String oneOrMany(double[] values) {
    double least = Arrays.stream(values).min().orElseThrow();
    double greatest = Arrays.stream(values).max().orElseThrow();
    return greatest - least <= SAME * Math.max(Math.abs(least), Math.abs(greatest))
        ? String.format(Locale.ROOT, "%.6g", (least + greatest) / 2)
        : String.format(Locale.ROOT, "%.6g to %.6g (a row has one)", least, greatest);
  }

  private boolean isLogSoftmax() {
    for (int t = 0; t < shown.length; t++) {
      double shift = -logOfSum(expected[t].values());
      for (int c = 0; c < shown[t].length; c++) {
        if (!explains(shown[t][c], 1, shift, expected[t], c)) {
          return false;
        }
      }
    }
    return true;
  }

  private static double logOfSum(double[] logits) {
    double max = Arrays.stream(logits).max().orElseThrow();
    return max + Math.log(Arrays.stream(logits).map(value -> Math.exp(value - max)).sum());
  }

  /// None is negative, and they add up to 1.
  private boolean areProbabilities() {
    for (double[] row : shown) {
      if (Arrays.stream(row).anyMatch(value -> value < 0)
          || Math.abs(Arrays.stream(row).sum() - 1) > row.length * Rounding.UNIT) {
        return false;
      }
    }
    return true;
  }
}
