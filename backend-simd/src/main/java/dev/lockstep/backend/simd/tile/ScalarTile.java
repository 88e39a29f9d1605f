package dev.lockstep.backend.simd.tile;

import dev.lockstep.backend.simd.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// One row, one panel, no vectors: the kernels of `vector=off`.
///
/// **Unrolling.** [#plainSingle] and [#packedSingle] are stage 2's loop on one panel: k outside,
/// outputs inside, every running sum in memory, loaded and stored at each step. The compiler may
/// make of it what it can. [#plainEight] and [#packedEight] keep eight sums in registers: a fused
/// multiply-add takes four cycles or so and the next link of its chain must wait for it, but two
/// can begin in every cycle, so eight independent chains side by side keep the multipliers busy.
public final class ScalarTile {
  private static final MemorySegment MEMORY = OffHeap.EVERYTHING;
  private static final int CHAINS = 8;

  private ScalarTile() {}

  /// The kernel for a layout and a way of unrolling.
  static TileKernel of(boolean packed, boolean unrolled) {
    if (packed) {
      return unrolled ? ScalarTile::packedEight : ScalarTile::packedSingle;
    }
    return unrolled ? ScalarTile::plainEight : ScalarTile::plainSingle;
  }

  private static void plainSingle(
      float[] a,
      int a0,
      int lda,
      Matrix b,
      long bFrom,
      long bStep,
      int depth,
      float[] init,
      int i0,
      int ldi,
      float[] c,
      int c0,
      int ldc,
      int cStep) {
    float[] w = b.heap();
    System.arraycopy(init, i0, c, c0, Matrix.PANEL);
    for (int k = 0; k < depth; k++) {
      float x = a[a0 + k];
      int at = (int) bFrom + k * b.kStep();
      for (int j = 0; j < Matrix.PANEL; j++) {
        c[c0 + j] = Math.fma(x, w[at + j], c[c0 + j]);
      }
    }
  }

  private static void plainEight(
      float[] a,
      int a0,
      int lda,
      Matrix b,
      long bFrom,
      long bStep,
      int depth,
      float[] init,
      int i0,
      int ldi,
      float[] c,
      int c0,
      int ldc,
      int cStep) {
    float[] w = b.heap();
    int step = b.kStep();
    for (int j = 0; j < Matrix.PANEL; j += CHAINS) {
      int at = (int) bFrom + j;
      float s0 = init[i0 + j];
      float s1 = init[i0 + j + 1];
      float s2 = init[i0 + j + 2];
      float s3 = init[i0 + j + 3];
      float s4 = init[i0 + j + 4];
      float s5 = init[i0 + j + 5];
      float s6 = init[i0 + j + 6];
      float s7 = init[i0 + j + 7];
      for (int k = 0; k < depth; k++) {
        float x = a[a0 + k];
        s0 = Math.fma(x, w[at], s0);
        s1 = Math.fma(x, w[at + 1], s1);
        s2 = Math.fma(x, w[at + 2], s2);
        s3 = Math.fma(x, w[at + 3], s3);
        s4 = Math.fma(x, w[at + 4], s4);
        s5 = Math.fma(x, w[at + 5], s5);
        s6 = Math.fma(x, w[at + 6], s6);
        s7 = Math.fma(x, w[at + 7], s7);
        at += step;
      }
      store(c, c0 + j, s0, s1, s2, s3, s4, s5, s6, s7);
    }
  }

  private static void packedSingle(
      float[] a,
      int a0,
      int lda,
      Matrix b,
      long bFrom,
      long bStep,
      int depth,
      float[] init,
      int i0,
      int ldi,
      float[] c,
      int c0,
      int ldc,
      int cStep) {
    System.arraycopy(init, i0, c, c0, Matrix.PANEL);
    for (int k = 0; k < depth; k++) {
      float x = a[a0 + k];
      long at = bFrom + (long) k * Matrix.PANEL_BYTES;
      for (int j = 0; j < Matrix.PANEL; j++) {
        c[c0 + j] = Math.fma(x, weight(at + (long) j * Float.BYTES), c[c0 + j]);
      }
    }
  }

  private static void packedEight(
      float[] a,
      int a0,
      int lda,
      Matrix b,
      long bFrom,
      long bStep,
      int depth,
      float[] init,
      int i0,
      int ldi,
      float[] c,
      int c0,
      int ldc,
      int cStep) {
    for (int j = 0; j < Matrix.PANEL; j += CHAINS) {
      long from = bFrom + (long) j * Float.BYTES;
      float s0 = init[i0 + j];
      float s1 = init[i0 + j + 1];
      float s2 = init[i0 + j + 2];
      float s3 = init[i0 + j + 3];
      float s4 = init[i0 + j + 4];
      float s5 = init[i0 + j + 5];
      float s6 = init[i0 + j + 6];
      float s7 = init[i0 + j + 7];
      for (int k = 0; k < depth; k++) {
        float x = a[a0 + k];
        long at = from + (long) k * Matrix.PANEL_BYTES;
        s0 = Math.fma(x, weight(at), s0);
        s1 = Math.fma(x, weight(at + 4), s1);
        s2 = Math.fma(x, weight(at + 8), s2);
        s3 = Math.fma(x, weight(at + 12), s3);
        s4 = Math.fma(x, weight(at + 16), s4);
        s5 = Math.fma(x, weight(at + 20), s5);
        s6 = Math.fma(x, weight(at + 24), s6);
        s7 = Math.fma(x, weight(at + 28), s7);
      }
      store(c, c0 + j, s0, s1, s2, s3, s4, s5, s6, s7);
    }
  }

  private static float weight(long address) {
    return MEMORY.get(ValueLayout.JAVA_FLOAT, address);
  }

  private static void store(
      float[] c,
      int at,
      float s0,
      float s1,
      float s2,
      float s3,
      float s4,
      float s5,
      float s6,
      float s7) {
    c[at] = s0;
    c[at + 1] = s1;
    c[at + 2] = s2;
    c[at + 3] = s3;
    c[at + 4] = s4;
    c[at + 5] = s5;
    c[at + 6] = s6;
    c[at + 7] = s7;
  }
}
