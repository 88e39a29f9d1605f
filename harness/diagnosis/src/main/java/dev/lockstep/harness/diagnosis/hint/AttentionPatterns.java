package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.harness.diagnosis.operation.AttentionOperation;
import dev.lockstep.harness.diagnosis.operation.Computation;
import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Evaluation;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/// What is wrong with some heads of attention: another head's output, another head's keys or
/// values, another scale of the scores.
final class AttentionPatterns {
  private static final int STEPS = 40;
  private static final double STEP = 1e-6;

  private final AttentionOperation right;
  private final int[] positions;
  private final double[][] shown;
  private final Estimate[] expected;
  private final Evaluation evaluation;
  private final int[] wrongHeads;

  AttentionPatterns(
      AttentionOperation right,
      int[] positions,
      double[][] shown,
      Estimate[] expected,
      Evaluation evaluation) {
    this.right = right;
    this.positions = positions;
    this.shown = shown;
    this.expected = expected;
    this.evaluation = evaluation;
    wrongHeads = IntStream.range(0, right.heads()).filter(head -> isWrong(head, head)).toArray();
  }

  /// The first pattern that explains every wrong row down to the budget.
  Optional<String> hint() {
    return (wrongHeads.length == 1 ? otherHead(wrongHeads[0]) : Optional.<String>empty())
        .or(this::scale);
  }

  /// Whether what was shown of `head` differs from the output of head `source`.
  private boolean isWrong(int head, int source) {
    int headSize = right.headSize();
    for (int t = 0; t < shown.length; t++) {
      for (int i = 0; i < headSize; i++) {
        int c = source * headSize + i;
        double got = shown[t][head * headSize + i];
        if (expected[t].ratio(c, got) > 1) {
          return true;
        }
      }
    }
    return false;
  }

  private Optional<String> otherHead(int head) {
    for (int other = 0; other < right.heads(); other++) {
      if (other == head) {
        continue;
      }
      if (!isWrong(head, other)) {
        return Optional.of(
            String.format(Locale.ROOT, "head %d has the output of head %d", head, other));
      }
      String what =
          explains(head, other, 1, 1)
              ? "keys"
              : explains(head, other, 2, 2)
                  ? "values"
                  : explains(head, other, 1, 2)
                      ? "keys and values"
                      : explains(head, other, 0, 0) ? "queries" : "";
      if (!what.isEmpty()) {
        return Optional.of(
            String.format(Locale.ROOT, "head %d has the %s of head %d", head, what, other));
      }
    }
    return Optional.empty();
  }

  /// Whether a head that reads parts `first` to `last` (of q, k, v) of another explains every row.
  private boolean explains(int head, int other, int first, int last) {
    int headSize = right.headSize();
    int channels = right.heads() * headSize;
    Computation misled =
        MiswiredOperations.onChanged(
            right,
            (position, row, inputs) -> {
              double[] values = row.values().clone();
              for (int part = first; part <= last; part++) {
                int from = part * channels;
                System.arraycopy(
                    row.values(),
                    from + other * headSize,
                    values,
                    from + head * headSize,
                    headSize);
              }
              return new Estimate(values, row.budget());
            });
    return explains(misled.evaluate(positions, evaluation));
  }

  private boolean explains(Estimate[] rows) {
    for (int t = 0; t < shown.length; t++) {
      if (rows[t].compare(shown[t]).ratio() > 1) {
        return false;
      }
    }
    return true;
  }

  /// The scores of the wrong heads are multiplied by one factor. It is solved for by the
  /// Gauss-Newton method, which starts from the best of a few values.
  private Optional<String> scale() {
    double logarithm = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = -8; i <= 8; i++) {
      double distance = squares(errors(0.5 * i));
      if (distance < least) {
        least = distance;
        logarithm = 0.5 * i;
      }
    }
    for (int step = 0; step < STEPS; step++) {
      double[] error = errors(logarithm);
      double[] ahead = errors(logarithm + STEP);
      double[] behind = errors(logarithm - STEP);
      double product = 0;
      double slopes = 0;
      for (int i = 0; i < error.length; i++) {
        double slope = (ahead[i] - behind[i]) / (2 * STEP);
        product += slope * error[i];
        slopes += slope * slope;
      }
      double change = slopes == 0 ? 0 : Math.clamp(product / slopes, -0.5, 0.5);
      logarithm -= change;
      if (Math.abs(change) < 1e-12) {
        break;
      }
    }
    double factor = Math.exp(logarithm);
    if (!Double.isFinite(factor) || !explains(scaled(factor))) {
      return Optional.empty();
    }
    String whose = wrongHeads.length == 1 ? " of head " + wrongHeads[0] : "";
    return Optional.of(
        String.format(
            Locale.ROOT,
            "wrong scale: the scores%s are %.6g times what they should be, as if divided by %.6g, not by sqrt(hs) = %.6g",
            whose,
            factor,
            right.form().divisor() / factor,
            right.form().divisor()));
  }

  private double[] errors(double logarithm) {
    Estimate[] rows = scaled(Math.exp(logarithm));
    double[] errors = new double[shown.length * shown[0].length];
    for (int t = 0; t < shown.length; t++) {
      for (int c = 0; c < shown[t].length; c++) {
        errors[t * shown[t].length + c] = rows[t].values()[c] - shown[t][c];
      }
    }
    return errors;
  }

  private static double squares(double[] errors) {
    return Arrays.stream(errors).map(error -> error * error).sum();
  }

  private Estimate[] scaled(double factor) {
    int headSize = right.headSize();
    return MiswiredOperations.onChanged(
            right,
            (position, row, inputs) -> {
              double[] values = row.values().clone();
              for (int head : wrongHeads) {
                for (int i = head * headSize; i < (head + 1) * headSize; i++) {
                  values[i] *= factor;
                }
              }
              return new Estimate(values, row.budget());
            })
        .evaluate(positions, evaluation);
  }
}
