package dev.lockstep.api;

/// Operations on logits `[vocabSize]` on which every backend must agree.
public final class Logits {
  private Logits() {}

  /// The id with the greatest logit; the lowest id wins an exact tie. A NaN never wins over a
  /// number; of nothing but NaN the answer is 0.
  public static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best] || (Float.isNaN(logits[best]) && !Float.isNaN(logits[i]))) {
        best = i;
      }
    }
    return best;
  }

  /// As [#argmax(float\[\])], in double precision.
  public static int argmax(double[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best] || (Double.isNaN(logits[best]) && !Double.isNaN(logits[i]))) {
        best = i;
      }
    }
    return best;
  }

  /// How clearly the best token wins: the greatest logit minus the greatest of the others; infinite
  /// if there are no others.
  public static double margin(double[] logits) {
    int best = argmax(logits);
    double second = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < logits.length; i++) {
      if (i != best) {
        second = Math.max(second, logits[i]);
      }
    }
    return logits[best] - second;
  }

  /// As [#margin(double\[\])], of single-precision logits; the difference is exact.
  public static double margin(float[] logits) {
    int best = argmax(logits);
    double second = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < logits.length; i++) {
      if (i != best) {
        second = Math.max(second, logits[i]);
      }
    }
    return logits[best] - second;
  }
}
