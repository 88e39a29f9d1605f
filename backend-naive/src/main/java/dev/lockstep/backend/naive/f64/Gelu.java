package dev.lockstep.backend.naive.f64;

/// The Gaussian error linear unit in GPT-2's tanh form (Hugging Face: `gelu_new`).
///
/// `y = ½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))`
///
/// The hyperbolic tangent is `StrictMath`'s: the same bits on every machine, cold or warm.
public class Gelu {
  private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

  public double[][] forward(double[][] x) {
    double[][] y = new double[x.length][];
    for (int t = 0; t < y.length; t++) {
      y[t] = new double[x[t].length];
      for (int c = 0; c < y[t].length; c++) {
        y[t][c] = activate(x[t][c]);
      }
    }
    return y;
  }

  /// One element.
  protected double activate(double x) {
    double inner = SQRT_2_OVER_PI * (x + 0.044715 * x * x * x);
    return 0.5 * x * (1 + StrictMath.tanh(inner));
  }
}
