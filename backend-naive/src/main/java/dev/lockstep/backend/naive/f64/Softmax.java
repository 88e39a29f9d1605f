package dev.lockstep.backend.naive.f64;

/// `p[i] = exp(s[i] − m) / Σ_j exp(s[j] − m)` with `m = max s`, so that no power overflows.
///
/// The exponential is `StrictMath`'s: `Math.exp` may give other bits once the compiler replaces it
/// by an intrinsic, and a result must not depend on how warm the machine is.
public final class Softmax {
  private Softmax() {}

  /// Replaces scores by probabilities.
  public static void inPlace(double[] scores) {
    double max = Double.NEGATIVE_INFINITY;
    for (double score : scores) {
      max = Math.max(max, score);
    }
    double sum = 0;
    for (int i = 0; i < scores.length; i++) {
      scores[i] = StrictMath.exp(scores[i] - max);
      sum += scores[i];
    }
    for (int i = 0; i < scores.length; i++) {
      scores[i] /= sum;
    }
  }
}
