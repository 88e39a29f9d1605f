package dev.lockstep.backend.naive.f32;

/// The Gaussian error linear unit in GPT-2's tanh form (Hugging Face: `gelu_new`).
///
/// `y = ½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))`
///
/// The hyperbolic tangent is `StrictMath`'s, in double, rounded to float: the same bits on every
/// machine, cold or warm.
public class Gelu {
  private static final float SQRT_2_OVER_PI = (float) Math.sqrt(2 / Math.PI);

  public float[][] forward(float[][] x) {
    float[][] y = new float[x.length][];
    for (int t = 0; t < y.length; t++) {
      y[t] = new float[x[t].length];
      for (int c = 0; c < y[t].length; c++) {
        y[t][c] = activate(x[t][c]);
      }
    }
    return y;
  }

  /// One element.
  protected float activate(float x) {
    float inner = SQRT_2_OVER_PI * (x + 0.044715f * x * x * x);
    return 0.5f * x * (1 + (float) StrictMath.tanh(inner));
  }
}
