package dev.lockstep.backend.naive.f64;

import dev.lockstep.api.Precision;
import dev.lockstep.api.Tensor;
import java.lang.foreign.MemorySegment;

/// A fully connected layer, Hugging Face's `Conv1D`.
///
/// `y[t, o] = bias[o] + Σ_k x[t, k] · W[k, o]`
///
/// Shapes: `x [T, in]`, `W [in, out]` row-major, `bias [out]`, `y [T, out]`.
///
/// **Order.** The chain of an output starts from its bias and adds the products for k = 0, 1, 2 ….
/// The loops are k outside, t, o inside: the matrix, which may be far larger than any cache, is
/// read once, from its first byte to its last, and the innermost loop adds a multiple of one row
/// to another, which a compiler can turn into vector instructions without changing the order of a
/// single sum. One row of `W` at a time is copied to the heap, since a checkpoint's data may start
/// at any byte.
///
/// **Error.** With u = 2⁻⁵³: `|ŷ − y| ≤ γ(in + 1) · (|bias| + Σ_k |x[k] · W[k, o]|)`,
/// `γ(n) = n·u / (1 − n·u)` (Higham, *Accuracy and Stability of Numerical Algorithms*, §3.1).
/// `ErrorBoundTest` holds it.
///
/// **Cost.** `2 · T · in · out` FLOPs, `4 · in · out` bytes read.
public class Linear {
  private final Tensor weight;
  private final double[] bias;

  public Linear(Tensor weight, Tensor bias) {
    this.weight = weight;
    this.bias = Precision.widened(bias.toArray());
  }

  public double[][] forward(double[][] x) {
    int inputs = weight.shape().get(0);
    int outputs = weight.shape().get(1);
    double[][] y = new double[x.length][];
    for (int t = 0; t < y.length; t++) {
      y[t] = bias.clone();
    }
    float[] row = new float[outputs];
    for (int k = 0; k < inputs; k++) {
      MemorySegment.copy(
          weight.data(), Tensor.LAYOUT, (long) k * outputs * Float.BYTES, row, 0, outputs);
      for (int t = 0; t < y.length; t++) {
        addMultiple(x[t][k], row, y[t]);
      }
    }
    return y;
  }

  /// `y[o] += factor · row[o]`
  private static void addMultiple(double factor, float[] row, double[] y) {
    for (int o = 0; o < y.length; o++) {
      y[o] += factor * row[o];
    }
  }
}
