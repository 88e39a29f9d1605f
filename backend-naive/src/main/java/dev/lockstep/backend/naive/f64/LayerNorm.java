package dev.lockstep.backend.naive.f64;

import dev.lockstep.api.Precision;
import dev.lockstep.api.Tensor;

/// Layer normalisation of every row (Ba, Kiros, Hinton 2016).
///
/// `y[c] = (x[c] − μ) / √(σ² + ε) · weight[c] + bias[c]`, with `μ = Σ x[c] / C` and the biased
/// variance `σ² = Σ (x[c] − μ)² / C`, in two passes.
///
/// Shapes: `x`, `y` `[T, C]`; `weight`, `bias` `[C]`. Both sums are chains in ascending c. The
/// error of an element is at most about `C + 8` roundings of
/// `(mean |x| + |x[c] − μ|) / σ · |weight[c]| + |bias[c]|` (`ErrorBoundTest` holds it).
public class LayerNorm {
  private final double[] weight;
  private final double[] bias;
  private final double epsilon;

  public LayerNorm(Tensor weight, Tensor bias, double epsilon) {
    this.weight = Precision.widened(weight.toArray());
    this.bias = Precision.widened(bias.toArray());
    this.epsilon = epsilon;
  }

  public double[][] forward(double[][] x) {
    double[][] y = new double[x.length][];
    for (int t = 0; t < y.length; t++) {
      y[t] = normalise(x[t]);
    }
    return y;
  }

  private double[] normalise(double[] x) {
    double mean = mean(x);
    double standardDeviation = Math.sqrt(variance(x, mean) + epsilon);
    double[] y = new double[x.length];
    for (int c = 0; c < y.length; c++) {
      y[c] = (x[c] - mean) / standardDeviation * weight[c] + bias[c];
    }
    return y;
  }

  /// `μ = Σ x[c] / C`
  protected double mean(double[] x) {
    double sum = 0;
    for (double value : x) {
      sum += value;
    }
    return sum / x.length;
  }

  /// `σ² = Σ (x[c] − μ)² / C`
  protected double variance(double[] x, double mean) {
    double sum = 0;
    for (double value : x) {
      double difference = value - mean;
      sum += difference * difference;
    }
    return sum / x.length;
  }
}
