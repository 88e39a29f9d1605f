package dev.lockstep.backend.naive.f32;

/// `p[i] = exp(s[i] − m) / Σ_j exp(s[j] − m)` with `m = max s`, so that no power overflows.
///
/// The exponential is `StrictMath`'s, in double, rounded to float: `Math.exp` may give other bits
/// once the compiler replaces it by an intrinsic, and a result must not depend on how warm the
/// machine is.
public final class Softmax {
  private Softmax() {}

  /// Replaces scores by probabilities.
  public static void inPlace(float[] scores) {
    float max = Float.NEGATIVE_INFINITY;
    for (float score : scores) {
      max = Math.max(max, score);
    }
    float sum = 0;
    for (int i = 0; i < scores.length; i++) {
      scores[i] = (float) StrictMath.exp(scores[i] - max);
      sum += scores[i];
    }
    for (int i = 0; i < scores.length; i++) {
      scores[i] /= sum;
    }
  }
}
