package dev.lockstep.backend.naive.f64;

import dev.lockstep.api.Precision;
import dev.lockstep.api.Tensor;

/// Token plus position embedding.
///
/// `x[t, c] = wte[token[t], c] + wpe[position[t], c]`
///
/// Shapes: `wte [V, C]`, `wpe [nPositions, C]`, result `[T, C]`. One rounding per element.
public class Embedding {
  private final Tensor wte;
  private final Tensor wpe;

  public Embedding(Tensor wte, Tensor wpe) {
    this.wte = wte;
    this.wpe = wpe;
  }

  /// Embeds tokens of which the first stands at `firstPosition`.
  ///
  /// @return `[T, C]`
  public double[][] forward(int[] tokens, int firstPosition) {
    int channels = wte.shape().get(1);
    double[][] x = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      double[] token = Precision.widened(wte.toArray((long) tokens[t] * channels, channels));
      double[] position =
          Precision.widened(wpe.toArray((long) (firstPosition + t) * channels, channels));
      x[t] = Rows.add(token, position);
    }
    return x;
  }
}
