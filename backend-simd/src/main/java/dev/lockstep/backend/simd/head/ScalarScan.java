package dev.lockstep.backend.simd.head;

import dev.lockstep.backend.simd.memory.OffHeap;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// The scan without vectors: twin of [VectorScan].
final class ScalarScan implements ScanKernel {
  static final float BOUND_FACTOR = 1 + 0x1p-20f;
  static final float ESTIMATE_FACTOR = 0x1p-22f;

  /// More than all underflows of two chains can add, scale included.
  static final float UNDERFLOW = 1e-30f;

  @Override
  public void scan(
      float[] x,
      int x0,
      int channels,
      long first,
      long second,
      float[] y,
      int first0,
      int second0) {
    scan(x, x0, channels, first, y, first0);
    scan(x, x0, channels, second, y, second0);
  }

  private static void scan(float[] x, int x0, int channels, long panel, float[] y, int y0) {
    Arrays.fill(y, y0, y0 + QuantisedRows.PANEL, 0);
    for (int c = 0; c < channels; c++) {
      long at = panel + (long) c * QuantisedRows.PANEL;
      for (int j = 0; j < QuantisedRows.PANEL; j++) {
        byte q = OffHeap.EVERYTHING.get(ValueLayout.JAVA_BYTE, at + j);
        y[y0 + j] = Math.fma(x[x0 + c], (float) q, y[y0 + j]);
      }
    }
  }

  @Override
  public float intervals(float[] y, float[] scales, float[] bounds, int from, int n) {
    return intervalsOf(y, scales, bounds, from, n);
  }

  static float intervalsOf(float[] y, float[] scales, float[] bounds, int from, int n) {
    float greatest = Float.NEGATIVE_INFINITY;
    for (int i = from; i < from + n; i++) {
      float estimate = y[i] * scales[i];
      float bound = Math.fma(bounds[i], BOUND_FACTOR, UNDERFLOW);
      bound = Math.fma(Math.abs(estimate), ESTIMATE_FACTOR, bound);
      y[i] = estimate + bound;
      greatest = Math.max(greatest, estimate - bound);
    }
    return greatest;
  }
}
