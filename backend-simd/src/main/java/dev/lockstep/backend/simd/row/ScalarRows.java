package dev.lockstep.backend.simd.row;

import java.util.Arrays;

/// The row operations without vectors: twin of [VectorRows], method by method.
final class ScalarRows implements RowKernels {
  private final float[] lanes = new float[LANES];

  @Override
  public void layerNorm(
      float[] x, int x0, float[] gain, float[] bias, double epsilon, float[] y, int y0, int n) {
    float mean = sum(x, x0, n) / n;
    float variance = squares(x, x0, n, mean) / n;
    float reciprocal = (float) (1 / Math.sqrt(variance + epsilon));
    for (int i = 0; i < n; i++) {
      y[y0 + i] = Math.fma((x[x0 + i] - mean) * reciprocal, gain[i], bias[i]);
    }
  }

  private float sum(float[] x, int x0, int n) {
    Arrays.fill(lanes, 0);
    for (int i = 0; i < n; i++) {
      lanes[i % LANES] += x[x0 + i];
    }
    return RowKernels.fold(lanes);
  }

  private float squares(float[] x, int x0, int n, float mean) {
    Arrays.fill(lanes, 0);
    for (int i = 0; i < n; i++) {
      float difference = x[x0 + i] - mean;
      lanes[i % LANES] = Math.fma(difference, difference, lanes[i % LANES]);
    }
    return RowKernels.fold(lanes);
  }

  @Override
  public void gelu(float[] x, int x0, int n) {
    for (int i = x0; i < x0 + n; i++) {
      x[i] = Elementary.gelu(x[i]);
    }
  }

  @Override
  public void add(float[] x, int x0, float[] y, int y0, int n) {
    for (int i = 0; i < n; i++) {
      x[x0 + i] += y[y0 + i];
    }
  }

  @Override
  public float exponentials(float[] s, int s0, int n, float scale) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, s[s0 + i]);
    }
    Arrays.fill(lanes, 0);
    for (int i = 0; i < n; i++) {
      float e = Elementary.expOfNonPositive((s[s0 + i] - max) * scale);
      s[s0 + i] = e;
      lanes[i % LANES] += e;
    }
    return RowKernels.fold(lanes);
  }

  @Override
  public void scale(float[] x, int x0, float factor, float[] y, int y0, int n) {
    for (int i = 0; i < n; i++) {
      y[y0 + i] = x[x0 + i] * factor;
    }
  }

  @Override
  public int argmax(float[] x, int x0, int n) {
    return greatest(x, x0, n);
  }

  static int greatest(float[] x, int x0, int n) {
    int best = 0;
    for (int i = 1; i < n; i++) {
      if (RowKernels.wins(x[x0 + i], x[x0 + best])) {
        best = i;
      }
    }
    return best;
  }
}
