package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Evaluation;
import dev.lockstep.harness.diagnosis.operation.LinearOperation;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/// Patterns in the error of a linear layer that point at a place in its weights: one weight, one
/// bias, one output, inputs that were left out. With `e[t, o]` the error:
///
/// - a weight W[k, o] off by δ: only channel o is wrong, and `e[t, o] = δ · x[t, k]` for all t;
/// - inputs k … m left out: `e[t, o] = −Σ x[t, i] · W[i, o]` over them, for all t and o; or added
///   twice: `+Σ`.
final class LinearPatterns {
  private final LinearOperation linear;
  private final String name;
  private final int wrong;
  private final double[][] x;
  private final double[][] error;
  private final double[][] budget;

  /// @param wrong the positions of wrong rows
  /// @param right those of right ones, which must fit what is said about weights
  /// @param shown what was shown at all of them, the wrong ones first
  LinearPatterns(
      LinearOperation linear,
      String name,
      int[] wrong,
      int[] right,
      double[][] shown,
      Evaluation evaluation) {
    this.linear = linear;
    this.name = name;
    this.wrong = wrong.length;
    int[] positions = IntStream.concat(IntStream.of(wrong), IntStream.of(right)).toArray();
    Estimate[] expected = evaluation.evaluate(name, positions);
    x = new double[positions.length][];
    error = new double[positions.length][];
    budget = new double[positions.length][];
    for (int t = 0; t < positions.length; t++) {
      x[t] = evaluation.row(linear.input(), positions[t]).values();
      error[t] = new double[shown[t].length];
      budget[t] = expected[t].budget();
      for (int o = 0; o < shown[t].length; o++) {
        error[t][o] = shown[t][o] - expected[t].values()[o];
      }
    }
  }

  /// The first pattern that explains every wrong row down to the budget.
  Optional<String> hint() {
    return wrongInputs().or(this::oneOutput);
  }

  /// The shortest run of inputs that, left out or added twice, explains everything.
  private Optional<String> wrongInputs() {
    int worst = worstChannel(0);
    int terms = linear.weight().inputs();
    double[] sums = new double[terms + 1];
    for (int k = 0; k < terms; k++) {
      sums[k + 1] = sums[k] + x[0][k] * linear.weight().at(k, worst);
    }
    for (int length = 1; length <= terms; length++) {
      for (int from = terms - length; from >= 0; from--) {
        int to = from + length;
        double part = sums[to] - sums[from];
        if (within(0, worst, -part) && explains(from, to, -1)) {
          return Optional.of(inputs(from, to) + " left out of the sum");
        }
        if (within(0, worst, part) && explains(from, to, 1)) {
          return Optional.of(inputs(from, to) + " added twice");
        }
      }
    }
    return Optional.empty();
  }

  private String inputs(int from, int to) {
    int terms = linear.weight().inputs();
    if (to - from == 1) {
      return String.format(
          Locale.ROOT, "input channel %d%s is", from, to == terms ? ", the last one," : "");
    }
    return to == terms
        ? String.format(Locale.ROOT, "input channels from %d on are", from)
        : String.format(Locale.ROOT, "input channels %d to %d are", from, to - 1);
  }

  private boolean within(int t, int o, double explained) {
    return Math.abs(error[t][o] - explained) <= budget[t][o];
  }

  /// Whether adding the products of inputs `from .. to` another `times` times explains every error.
  private boolean explains(int from, int to, int times) {
    for (int o = 0; o < linear.weight().outputs(); o++) {
      for (int t = 0; t < wrong; t++) {
        double part = 0;
        for (int k = from; k < to; k++) {
          part += x[t][k] * linear.weight().at(k, o);
        }
        if (!within(t, o, times * part)) {
          return false;
        }
      }
    }
    return true;
  }

  private int worstChannel(int t) {
    int worst = 0;
    for (int o = 0; o < error[t].length; o++) {
      if (Math.abs(error[t][o]) / budget[t][o] > Math.abs(error[t][worst]) / budget[t][worst]) {
        worst = o;
      }
    }
    return worst;
  }

  private Optional<String> oneOutput() {
    int output = worstChannel(0);
    for (int t = 0; t < wrong; t++) {
      for (int o = 0; o < error[t].length; o++) {
        if (o != output && !within(t, o, 0)) {
          return Optional.empty();
        }
      }
    }
    return wrong < 2
        ? Optional.of(onlyOutput(output))
        : oneBias(output).or(() -> oneWeight(output)).or(() -> Optional.of(onlyOutput(output)));
  }

  private String onlyOutput(int output) {
    return wrong < x.length
        ? String.format(
            Locale.ROOT,
            "only output %d is wrong, and right in other rows: so are the weights",
            output)
        : linear.weight().transposed()
            ? String.format(
                Locale.ROOT, "only output %d is wrong: look at that row of %s.weight", output, name)
            : String.format(
                Locale.ROOT,
                "only output %d is wrong: look at that column of %s.weight and at its bias",
                output,
                name);
  }

  private Optional<String> oneBias(int output) {
    double offset = 0;
    for (int t = 0; t < wrong; t++) {
      offset += error[t][output] / wrong;
    }
    for (int t = 0; t < x.length; t++) {
      if (!within(t, output, offset)) {
        return Optional.empty();
      }
    }
    return linear.bias().length == 0
        ? Optional.of(
            String.format(Locale.ROOT, "output %d is off by %.6g in every row", output, offset))
        : Optional.of(
            String.format(Locale.ROOT, "%s.bias[%d] is off by %.6g", name, output, offset));
  }

  /// The input whose weight, changed by the least-squares δ, leaves the smallest error.
  private Optional<String> oneWeight(int output) {
    int best = -1;
    double bestRatio = 1;
    double bestChange = 0;
    for (int k = 0; k < linear.weight().inputs(); k++) {
      double change = leastSquares(k, output);
      double ratio = 0;
      for (int t = 0; t < x.length; t++) {
        double left = Math.abs(error[t][output] - change * x[t][k]);
        ratio = Math.max(ratio, left / budget[t][output]);
      }
      if (ratio <= bestRatio) {
        best = k;
        bestRatio = ratio;
        bestChange = change;
      }
    }
    return best < 0 ? Optional.empty() : Optional.of(weightHint(best, output, bestChange));
  }

  private double leastSquares(int k, int output) {
    double product = 0;
    double square = 0;
    for (int t = 0; t < wrong; t++) {
      product += error[t][output] * x[t][k];
      square += x[t][k] * x[t][k];
    }
    return square == 0 ? 0 : product / square;
  }

  private String weightHint(int k, int output, double change) {
    double right = linear.weight().at(k, output);
    double used = right + change;
    String at =
        linear.weight().transposed()
            ? String.format(Locale.ROOT, "%s.weight[%d, %d]", name, output, k)
            : String.format(Locale.ROOT, "%s.weight[%d, %d]", name, k, output);
    String text = String.format(Locale.ROOT, "%s is %.6g but about %.6g is used", at, right, used);
    int bit = flippedBit(k, output, (float) right);
    return bit < 0
        ? text
        : text
            + String.format(
                Locale.ROOT, ": bit %d%s is flipped", bit, bit >= 23 ? " (of the exponent)" : "");
  }

  /// The bit of a weight whose flip explains every error down to the budget, or −1.
  private int flippedBit(int k, int output, float right) {
    for (int bit = Float.SIZE - 1; bit >= 0; bit--) {
      double change =
          Float.intBitsToFloat(Float.floatToRawIntBits(right) ^ 1 << bit) - (double) right;
      boolean explains = Double.isFinite(change);
      for (int t = 0; explains && t < x.length; t++) {
        explains = within(t, output, change * x[t][k]);
      }
      if (explains) {
        return bit;
      }
    }
    return -1;
  }
}
