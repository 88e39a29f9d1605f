package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.harness.diagnosis.operation.AttentionOperation;
import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.LayerNormOperation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Errors that all values of a row share, which point at what they have in common: a LayerNorm's
/// mean and reciprocal deviation, a head's softmax, the tanh inside GELU.
final class CommonErrors {
  /// An approximation of tanh is off by less than this; a different function by more.
  private static final double MAX_TANH_ERROR = 0.05;

  /// Fewer values than this may lie on a curve by chance.
  private static final int MIN_POINTS = 32;

  private CommonErrors() {}

  /// `y[c] = g[c] · (f · n[c] + δ) + b[c]`, n the right normalised input: fits f and δ to every row
  /// by least squares, and says which of them is off if that explains the row down to the budget.
  static Optional<String> of(
      LayerNormOperation norm, double[][] x, double[][] shown, Estimate[] expected) {
    double worstFactor = 1;
    double worstShift = 0;
    for (int t = 0; t < x.length; t++) {
      LayerNormOperation.Moments moments = norm.moments(x[t]);
      Fit fit = Fit.of(norm, moments, x[t], shown[t]);
      for (int c = 0; c < x[t].length; c++) {
        double normalised = (x[t][c] - moments.mean()) * moments.scale();
        double fitted = norm.gain()[c] * (fit.factor() * normalised + fit.shift()) + norm.bias()[c];
        if (!(Math.abs(shown[t][c] - fitted) <= expected[t].budget(c))) {
          return Optional.empty();
        }
      }
      worstFactor =
          Math.abs(fit.factor() - 1) > Math.abs(worstFactor - 1) ? fit.factor() : worstFactor;
      worstShift = Math.abs(fit.shift()) > Math.abs(worstShift) ? fit.shift() : worstShift;
    }
    return Optional.of(
        Math.abs(worstFactor - 1) >= Math.abs(worstShift)
            ? format(
                "every value of a row is off by one factor, up to %.6g: look at the variance, its root and the division",
                worstFactor)
            : format(
                "every value of a row is shifted alike, by up to %.3g deviations: look at the mean",
                worstShift));
  }

  /// Two parameters, fitted to a row.
  private record Fit(double factor, double shift) {
    static Fit of(
        LayerNormOperation norm, LayerNormOperation.Moments moments, double[] x, double[] shown) {
      double nn = 0;
      double n1 = 0;
      double one = 0;
      double ny = 0;
      double y1 = 0;
      for (int c = 0; c < x.length; c++) {
        double gain = norm.gain()[c];
        double n = gain * (x[c] - moments.mean()) * moments.scale();
        double y = shown[c] - norm.bias()[c];
        nn += n * n;
        n1 += n * gain;
        one += gain * gain;
        ny += n * y;
        y1 += gain * y;
      }
      double determinant = nn * one - n1 * n1;
      return new Fit((ny * one - y1 * n1) / determinant, (nn * y1 - n1 * ny) / determinant);
    }
  }

  /// Every head's output is the right one times a factor of its own.
  static Optional<String> of(AttentionOperation attention, double[][] shown, Estimate[] expected) {
    int headSize = attention.headSize();
    double worst = 1;
    for (int t = 0; t < shown.length; t++) {
      for (int from = 0; from < shown[t].length; from += headSize) {
        double product = 0;
        double squares = 0;
        for (int c = from; c < from + headSize; c++) {
          product += shown[t][c] * expected[t].values()[c];
          squares += expected[t].values()[c] * expected[t].values()[c];
        }
        double factor = product / squares;
        for (int c = from; c < from + headSize; c++) {
          double left = Math.abs(shown[t][c] - factor * expected[t].values()[c]);
          if (headSize < 2 || !(left <= expected[t].budget(c))) {
            return Optional.empty();
          }
        }
        worst = Math.abs(factor - 1) > Math.abs(worst - 1) ? factor : worst;
      }
    }
    return Optional.of(
        format(
            "a head's output is off by one factor, up to %.6g: its probabilities do not add up to 1",
            worst));
  }

  /// GELU is a smooth curve, since it depends on its input alone. So is any other function of that
  /// input: shown values that lie on a curve come from another function.
  static Optional<String> ofFunction(double[][] x, double[][] shown, Estimate[] expected) {
    List<double[]> points = new ArrayList<>();
    double greatest = 0;
    double[] worst = {0, 0, 0};
    for (int t = 0; t < x.length; t++) {
      for (int c = 0; c < x[t].length; c++) {
        double error = shown[t][c] - expected[t].values()[c];
        // Of ½ · x · (1 + tanh), what tanh is off by.
        double ofTanh = x[t][c] == 0 ? 0 : 2 * error / x[t][c];
        points.add(new double[] {x[t][c], ofTanh, shown[t][c]});
        if (Math.abs(error) > expected[t].budget(c)) {
          greatest = Math.max(greatest, Math.abs(ofTanh));
          if (Math.abs(error) > Math.abs(worst[2] - worst[1])) {
            worst = new double[] {x[t][c], expected[t].values()[c], shown[t][c]};
          }
        }
      }
    }
    points.sort(Comparator.comparingDouble(point -> point[0]));
    if (points.size() < MIN_POINTS || !isCurve(points)) {
      return Optional.empty();
    }
    return Optional.of(
        greatest <= MAX_TANH_ERROR
            ? format("as if tanh were approximated: it is off by up to %.2g", greatest)
            : String.format(
                Locale.ROOT,
                "another activation function: it gives %.6g for %.6g, where GPT-2's gives %.6g",
                worst[2],
                worst[0],
                worst[1]));
  }

  /// Whether neighbours differ by little compared with the values: for Gaussian noise by √2 times.
  private static boolean isCurve(List<double[]> points) {
    double variation = 0;
    double sum = 0;
    for (int i = 1; i < points.size(); i++) {
      variation += Math.abs(points.get(i)[1] - points.get(i - 1)[1]);
      sum += Math.abs(points.get(i)[1]);
    }
    return variation < 0.5 * sum;
  }

  private static String format(String text, double value) {
    return String.format(Locale.ROOT, text, value);
  }
}
