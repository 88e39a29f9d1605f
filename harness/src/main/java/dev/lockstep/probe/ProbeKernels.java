package dev.lockstep.probe;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The two inner loops of [CpuProbe], at the widest vectors the CPU prefers.
final class ProbeKernels {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();

  /// [#read] reads whole multiples of this many floats: eight independent streams of one vector
  /// each.
  static final int READ_STEP = 8 * 16;

  private static final int FMA_CHAINS = 12;
  private static final int FMA_ITERATIONS = 4096;

  /// Operations of one call of [#multiplyAdd], a multiply-add counted as two.
  static final double FLOPS_PER_CALL = 2.0 * FMA_CHAINS * FMA_ITERATIONS * LANES;

  /// Written so that the compiler cannot drop the loops.
  @SuppressWarnings("unused")
  private static volatile float sink;

  private ProbeKernels() {}

  /// Reads `length` floats from `from` on, in order.
  static void read(float[] buffer, int from, int length) {
    float sum = 0;
    int chunk = 64 * 1024;
    for (int start = from; start < from + length; start += chunk) {
      sum += readChunk(buffer, start, Math.min(chunk, from + length - start));
    }
    sink = sum;
  }

  private static float readChunk(float[] buffer, int from, int length) {
    FloatVector a0 = FloatVector.zero(S);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector a4 = a0;
    FloatVector a5 = a0;
    FloatVector a6 = a0;
    FloatVector a7 = a0;
    int end = from + length;
    for (int i = from; i < end; i += 8 * LANES) {
      a0 = a0.add(FloatVector.fromArray(S, buffer, i));
      a1 = a1.add(FloatVector.fromArray(S, buffer, i + LANES));
      a2 = a2.add(FloatVector.fromArray(S, buffer, i + 2 * LANES));
      a3 = a3.add(FloatVector.fromArray(S, buffer, i + 3 * LANES));
      a4 = a4.add(FloatVector.fromArray(S, buffer, i + 4 * LANES));
      a5 = a5.add(FloatVector.fromArray(S, buffer, i + 5 * LANES));
      a6 = a6.add(FloatVector.fromArray(S, buffer, i + 6 * LANES));
      a7 = a7.add(FloatVector.fromArray(S, buffer, i + 7 * LANES));
    }
    return a0.add(a1)
        .add(a2.add(a3))
        .add(a4.add(a5).add(a6.add(a7)))
        .reduceLanes(VectorOperators.ADD);
  }

  /// Runs [#FMA_CHAINS] independent chains of [#FMA_ITERATIONS] fused multiply-adds in registers.
  static void multiplyAdd() {
    FloatVector x = FloatVector.broadcast(S, 0.999f);
    FloatVector y = FloatVector.broadcast(S, 0.001f);
    FloatVector a0 = FloatVector.broadcast(S, 1f);
    FloatVector a1 = FloatVector.broadcast(S, 2f);
    FloatVector a2 = FloatVector.broadcast(S, 3f);
    FloatVector a3 = FloatVector.broadcast(S, 4f);
    FloatVector a4 = FloatVector.broadcast(S, 5f);
    FloatVector a5 = FloatVector.broadcast(S, 6f);
    FloatVector a6 = FloatVector.broadcast(S, 7f);
    FloatVector a7 = FloatVector.broadcast(S, 8f);
    FloatVector a8 = FloatVector.broadcast(S, 9f);
    FloatVector a9 = FloatVector.broadcast(S, 10f);
    FloatVector a10 = FloatVector.broadcast(S, 11f);
    FloatVector a11 = FloatVector.broadcast(S, 12f);
    for (int i = 0; i < FMA_ITERATIONS; i++) {
      a0 = a0.fma(x, y);
      a1 = a1.fma(x, y);
      a2 = a2.fma(x, y);
      a3 = a3.fma(x, y);
      a4 = a4.fma(x, y);
      a5 = a5.fma(x, y);
      a6 = a6.fma(x, y);
      a7 = a7.fma(x, y);
      a8 = a8.fma(x, y);
      a9 = a9.fma(x, y);
      a10 = a10.fma(x, y);
      a11 = a11.fma(x, y);
    }
    sink =
        a0.add(a1)
            .add(a2.add(a3))
            .add(a4.add(a5).add(a6.add(a7)))
            .add(a8.add(a9).add(a10.add(a11)))
            .reduceLanes(VectorOperators.ADD);
  }
}
