package dev.lockstep.backend.simd.row;

/// Operations on one row of activations.
///
/// **Order.** A sum over a row has 16 *virtual lanes*: lane j adds elements j, j + 16, j + 32 … in
/// that order, and the lanes are then folded in one tree: j with j + 8, then + 4, + 2, + 1. With
/// vectors of 512 bits a virtual lane is a real one; with shorter or no vectors there are still 16.
/// So a row gives the same bits at every width, and elements past the last whole 16 are ordinary
/// lanes that end early. Everything else is element by element.
///
/// An instance has scratch memory: one belongs to one thread.
public interface RowKernels {
  /// Virtual lanes of a sum.
  int LANES = 16;

  /// `y[c] = (x[c] − μ) · (1 / √(σ² + ε)) · gain[c] + bias[c]`, `μ = Σ x[c] / n`,
  /// `σ² = Σ (x[c] − μ)² / n` in a second pass.
  ///
  /// The reciprocal root is computed in double and rounded once; the last product and sum are one
  /// fused step. Ba, Kiros, Hinton 2016.
  void layerNorm(
      float[] x, int x0, float[] gain, float[] bias, double epsilon, float[] y, int y0, int n);

  /// `x ← ½·x·(1 + tanh u)`, `u = √(2/π)·(x + 0.044715·x³)`, GPT-2's form of GELU, computed as what
  /// it equals, `x / (1 + e⁻²ᵘ)`: one exponential, no cancellation where tanh is near −1.
  void gelu(float[] x, int x0, int n);

  /// `x ← x + y`, the residual connection.
  void add(float[] x, int x0, float[] y, int y0, int n);

  /// Replaces scores by `exp((s − max s) · scale)`, the numerators of a softmax, and returns their
  /// sum, the denominator. What is below e⁻⁸⁷ counts as e⁻⁸⁷, 1.6e-38.
  float exponentials(float[] s, int s0, int n, float scale);

  /// `y[c] = x[c] · factor`
  void scale(float[] x, int x0, float factor, float[] y, int y0, int n);

  /// The index of the greatest of `n ≥ 1` elements, the lowest of equals; a NaN never wins over a
  /// number.
  int argmax(float[] x, int x0, int n);

  /// Whether a later logit wins over the best before it.
  static boolean wins(float later, float best) {
    return later > best || (Float.isNaN(best) && !Float.isNaN(later));
  }

  /// Folds the 16 virtual lanes of a sum.
  static float fold(float[] lanes) {
    for (int width = LANES / 2; width > 0; width /= 2) {
      for (int lane = 0; lane < width; lane++) {
        lanes[lane] += lanes[lane + width];
      }
    }
    return lanes[0];
  }
}
