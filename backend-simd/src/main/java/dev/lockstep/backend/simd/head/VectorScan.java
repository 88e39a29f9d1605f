package dev.lockstep.backend.simd.head;

import static dev.lockstep.backend.simd.head.ScalarScan.BOUND_FACTOR;
import static dev.lockstep.backend.simd.head.ScalarScan.ESTIMATE_FACTOR;
import static dev.lockstep.backend.simd.head.ScalarScan.UNDERFLOW;

import dev.lockstep.backend.simd.memory.OffHeap;
import dev.lockstep.backend.simd.vector.SpeciesCopy;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The scan with vectors: twin of [ScalarScan]. Every width has a copy ([SpeciesCopy]).
final class VectorScan implements ScanKernel {
  private static final VectorSpecies<Float> S = SpeciesCopy.species(MethodHandles.lookup());
  private static final int WIDTH = S.length();
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_128;
  private static final MemorySegment MEMORY = OffHeap.EVERYTHING;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int CHAINS = 4;

  VectorScan() {}

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
    if (WIDTH * CHAINS == QuantisedRows.PANEL) {
      scanPair(x, x0, channels, first, second, y, first0, second0);
      return;
    }
    for (int j = 0; j < QuantisedRows.PANEL; j += CHAINS * WIDTH) {
      scanChains(x, x0, channels, first + j, y, first0 + j);
      scanChains(x, x0, channels, second + j, y, second0 + j);
    }
  }

  /// Both panels at once. With shorter vectors the compiler would stop inlining half-way.
  private static void scanPair(
      float[] x,
      int x0,
      int channels,
      long first,
      long second,
      float[] y,
      int first0,
      int second0) {
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector t0 = s0;
    FloatVector t1 = s0;
    FloatVector t2 = s0;
    FloatVector t3 = s0;
    for (int c = 0; c < channels; c++) {
      FloatVector factor = FloatVector.broadcast(S, x[x0 + c]);
      long at = first + (long) c * QuantisedRows.PANEL;
      s0 = weights(at, 0).fma(factor, s0);
      s1 = weights(at, 1).fma(factor, s1);
      s2 = weights(at, 2).fma(factor, s2);
      s3 = weights(at, 3).fma(factor, s3);
      at = second + (long) c * QuantisedRows.PANEL;
      t0 = weights(at, 0).fma(factor, t0);
      t1 = weights(at, 1).fma(factor, t1);
      t2 = weights(at, 2).fma(factor, t2);
      t3 = weights(at, 3).fma(factor, t3);
    }
    s0.intoArray(y, first0);
    s1.intoArray(y, first0 + WIDTH);
    s2.intoArray(y, first0 + 2 * WIDTH);
    s3.intoArray(y, first0 + 3 * WIDTH);
    t0.intoArray(y, second0);
    t1.intoArray(y, second0 + WIDTH);
    t2.intoArray(y, second0 + 2 * WIDTH);
    t3.intoArray(y, second0 + 3 * WIDTH);
  }

  private static void scanChains(float[] x, int x0, int channels, long from, float[] y, int y0) {
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int c = 0; c < channels; c++) {
      FloatVector factor = FloatVector.broadcast(S, x[x0 + c]);
      long at = from + (long) c * QuantisedRows.PANEL;
      s0 = weights(at, 0).fma(factor, s0);
      s1 = weights(at, 1).fma(factor, s1);
      s2 = weights(at, 2).fma(factor, s2);
      s3 = weights(at, 3).fma(factor, s3);
    }
    s0.intoArray(y, y0);
    s1.intoArray(y, y0 + WIDTH);
    s2.intoArray(y, y0 + 2 * WIDTH);
    s3.intoArray(y, y0 + 3 * WIDTH);
  }

  /// Bytes `i · WIDTH …` as floats. A byte vector holds 16 of them, which are one, two or four
  /// float vectors.
  private static FloatVector weights(long at, int i) {
    int first = i * WIDTH;
    int load = first / BYTES.length() * BYTES.length();
    int part = first % BYTES.length() / WIDTH;
    return (FloatVector)
        ByteVector.fromMemorySegment(BYTES, MEMORY, at + load, ORDER)
            .convertShape(VectorOperators.B2F, S, part);
  }

  @Override
  public float intervals(float[] y, float[] scales, float[] bounds, int from, int n) {
    FloatVector factor = FloatVector.broadcast(S, BOUND_FACTOR);
    FloatVector estimateFactor = FloatVector.broadcast(S, ESTIMATE_FACTOR);
    FloatVector underflow = FloatVector.broadcast(S, UNDERFLOW);
    FloatVector greatest = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
    int whole = n - n % WIDTH;
    for (int i = from; i < from + whole; i += WIDTH) {
      FloatVector estimate =
          FloatVector.fromArray(S, y, i).mul(FloatVector.fromArray(S, scales, i));
      FloatVector bound = FloatVector.fromArray(S, bounds, i).fma(factor, underflow);
      bound = estimate.abs().fma(estimateFactor, bound);
      estimate.add(bound).intoArray(y, i);
      greatest = greatest.max(estimate.sub(bound));
    }
    return Math.max(
        greatest.reduceLanes(VectorOperators.MAX),
        ScalarScan.intervalsOf(y, scales, bounds, from + whole, n - whole));
  }
}
