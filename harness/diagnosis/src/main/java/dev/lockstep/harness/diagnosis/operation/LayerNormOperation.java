package dev.lockstep.harness.diagnosis.operation;

import java.util.List;

/// `y[c] = n[c] · g[c] + b[c]` with `n[c] = (x[c] − μ) · r`, `r = 1 / √(σ² + ε)`, the biased
/// variance σ² over C channels.
///
/// **Budget**, to first order, with `d = x − μ`:
/// - the mean is off by `Δμ` = the budget of a sum of C terms x, over C, plus `u·|μ|`;
/// - the variance by `Δσ²` = the budget of a sum of C terms d², over C, plus `2u·σ²` and `Δμ²`;
/// - r by `½ Δσ² / (σ² + ε)` relative, plus its own sum (u), square root and division;
/// - so `y[c]` by `r·|g[c]|·Δμ + |n[c]·g[c]| · (Δr/r + 3u) + u·|y[c]|`;
/// - and where x has a budget B: plus `r·|g[c]| · (B[c] + √(ΣB²)/C + |n[c]|·√(Σ(n·B)²)/C)`, which
///   is the Jacobian of the normalisation.
///
/// @param gain g, `[C]`
/// @param bias b, `[C]`
/// @param form how the input is normalised; [Form#GPT2] except in a hypothesis
public record LayerNormOperation(
    String input, double[] gain, double[] bias, double epsilon, Form form) implements Operation {

  /// @param centred whether the mean is subtracted
  /// @param lessThanChannels what is taken from C before the variance is divided by it
  public record Form(boolean centred, int lessThanChannels) {
    public static final Form GPT2 = new Form(true, 0);
  }

  @Override
  public List<String> inputs() {
    return List.of(input);
  }

  @Override
  public Estimate[] evaluate(int[] positions, Inputs inputs) {
    Estimate[] y = new Estimate[positions.length];
    for (int t = 0; t < y.length; t++) {
      y[t] = normalise(inputs.row(input, positions[t]));
    }
    return y;
  }

  /// Mean, variance and reciprocal deviation of a row, and their errors.
  public record Moments(double mean, double meanError, double scale, double scaleError) {}

  /// The mean and the variance as the form has them.
  public Moments moments(double[] x) {
    int channels = x.length;
    double sum = 0;
    double squares = 0;
    for (double value : x) {
      sum += value;
      squares += value * value;
    }
    double mean = form.centred() ? sum / channels : 0;
    double meanError =
        form.centred()
            ? Rounding.ofSum(channels, squares, sum, 0) / channels + Rounding.UNIT * Math.abs(mean)
            : 0;
    double second = 0;
    double fourth = 0;
    for (double value : x) {
      double square = (value - mean) * (value - mean);
      second += square;
      fourth += square * square;
    }
    int divisor = Math.max(1, channels - form.lessThanChannels());
    double shifted = second / divisor + epsilon;
    double varianceError =
        (Rounding.ofSum(channels, fourth, second, 0) + 2 * Rounding.UNIT * second) / divisor
            + meanError * meanError;
    double scaleError =
        0.5 * varianceError / shifted + Rounding.UNIT + Rounding.SQUARE_ROOT + Rounding.DIVIDE;
    return new Moments(mean, meanError, 1 / Math.sqrt(shifted), scaleError);
  }

  private Estimate normalise(Estimate input) {
    double[] x = input.values();
    Moments moments = moments(x);
    double[] values = new double[x.length];
    double[] budget = new double[x.length];
    double budgetNorm = 0;
    double projectedNorm = 0;
    for (int c = 0; c < x.length; c++) {
      double normalised = (x[c] - moments.mean()) * moments.scale();
      budgetNorm += input.budget(c) * input.budget(c);
      projectedNorm += normalised * input.budget(c) * normalised * input.budget(c);
    }
    double ofMean = Math.sqrt(budgetNorm) / x.length;
    double ofVariance = Math.sqrt(projectedNorm) / x.length;
    for (int c = 0; c < x.length; c++) {
      double normalised = (x[c] - moments.mean()) * moments.scale();
      double stretch = moments.scale() * Math.abs(gain[c]);
      values[c] = normalised * gain[c] + bias[c];
      budget[c] =
          stretch * moments.meanError()
              + Math.abs(normalised * gain[c]) * (moments.scaleError() + 3 * Rounding.UNIT)
              + Rounding.UNIT * Math.abs(values[c])
              + stretch * (input.budget(c) + ofMean + Math.abs(normalised) * ofVariance)
              + Rounding.UNDERFLOW;
    }
    return new Estimate(values, budget);
  }
}
