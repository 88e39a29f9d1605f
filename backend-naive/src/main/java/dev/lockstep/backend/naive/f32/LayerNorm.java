package dev.lockstep.backend.naive.f32;

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
  private final float[] weight;
  private final float[] bias;
  private final float epsilon;

  public LayerNorm(Tensor weight, Tensor bias, double epsilon) {
    this.weight = weight.toArray();
    this.bias = bias.toArray();
    this.epsilon = (float) epsilon;
  }

  public float[][] forward(float[][] x) {
    float[][] y = new float[x.length][];
    for (int t = 0; t < y.length; t++) {
      y[t] = normalise(x[t]);
    }
    return y;
  }

  private float[] normalise(float[] x) {
    float mean = mean(x);
    float standardDeviation = (float) Math.sqrt(variance(x, mean) + epsilon);
    float[] y = new float[x.length];
    for (int c = 0; c < y.length; c++) {
      y[c] = (x[c] - mean) / standardDeviation * weight[c] + bias[c];
    }
    return y;
  }

  /// `μ = Σ x[c] / C`
  protected float mean(float[] x) {
    float sum = 0;
    for (float value : x) {
      sum += value;
    }
    return sum / x.length;
  }

  /// `σ² = Σ (x[c] − μ)² / C`
  protected float variance(float[] x, float mean) {
    float sum = 0;
    for (float value : x) {
      float difference = value - mean;
      sum += difference * difference;
    }
    return sum / x.length;
  }
}
