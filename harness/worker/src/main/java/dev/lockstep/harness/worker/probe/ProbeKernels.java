package dev.lockstep.harness.worker.probe;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The inner loops of [CpuProbe], at the widest vectors the CPU prefers.
final class ProbeKernels {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();

  private static final int STREAMS = 8;

  /// Whole multiples of this many floats are read.
  static final int READ_STEP = STREAMS * 16;

  /// Turns of the reading loop that are compiled as one method's.
  private static final int TURNS = 512;

  private static final int FMA_CHAINS = 12;
  private static final int FMA_ITERATIONS = 4096;

  /// Operations of one call of [#multiplyAdd], a multiply-add counted as two.
  static final double FLOPS_PER_CALL = 2.0 * FMA_CHAINS * FMA_ITERATIONS * LANES;

  /// Written so that the compiler cannot drop the loops.
  @SuppressWarnings("unused")
  private static volatile float sink;

  private static volatile int one = 1;

  private ProbeKernels() {}

  /// Reads `length` floats from `from` on, as one stream.
  static void readInOrder(float[] buffer, int from, int length) {
    read(buffer, from, length, LANES, STREAMS * LANES);
  }

  /// Reads `length` floats from `from` on, as eight streams that lie an eighth of it apart. Some
  /// processors fetch from memory faster that way, others slower.
  static void readFarApart(float[] buffer, int from, int length) {
    read(buffer, from, length, length / STREAMS, LANES);
  }

  private static void read(float[] buffer, int from, int length, int distance, int step) {
    float sum = 0;
    int turns = length / (STREAMS * LANES);
    for (int done = 0; done < turns; done += TURNS) {
      int count = Math.min(TURNS, turns - done);
      sum += readTurns(buffer, from + done * step, distance, step, count);
    }
    sink = sum;
  }

  private static float readTurns(float[] buffer, int from, int distance, int step, int turns) {
    FloatVector a0 = FloatVector.zero(S);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector a4 = a0;
    FloatVector a5 = a0;
    FloatVector a6 = a0;
    FloatVector a7 = a0;
    int end = from + turns * step;
    for (int i = from; i < end; i += step) {
      a0 = a0.add(FloatVector.fromArray(S, buffer, i));
      a1 = a1.add(FloatVector.fromArray(S, buffer, i + distance));
      a2 = a2.add(FloatVector.fromArray(S, buffer, i + 2 * distance));
      a3 = a3.add(FloatVector.fromArray(S, buffer, i + 3 * distance));
      a4 = a4.add(FloatVector.fromArray(S, buffer, i + 4 * distance));
      a5 = a5.add(FloatVector.fromArray(S, buffer, i + 5 * distance));
      a6 = a6.add(FloatVector.fromArray(S, buffer, i + 6 * distance));
      a7 = a7.add(FloatVector.fromArray(S, buffer, i + 7 * distance));
    }
    return a0.add(a1)
        .add(a2.add(a3))
        .add(a4.add(a5).add(a6.add(a7)))
        .reduceLanes(VectorOperators.ADD);
  }

  /// Runs [#FMA_CHAINS] independent chains of [#FMA_ITERATIONS] fused multiply-adds in registers. A
  /// chain is the addend, as in a product: as a factor it would cost a copy of a register each
  /// time. The loop's step is no constant, so that the compiler does not unroll it: unrolled, it
  /// puts several steps of one chain next to each other, and the rate falls to two thirds.
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
    int step = one;
    for (int i = 0; i < FMA_ITERATIONS; i += step) {
      a0 = x.fma(y, a0);
      a1 = x.fma(y, a1);
      a2 = x.fma(y, a2);
      a3 = x.fma(y, a3);
      a4 = x.fma(y, a4);
      a5 = x.fma(y, a5);
      a6 = x.fma(y, a6);
      a7 = x.fma(y, a7);
      a8 = x.fma(y, a8);
      a9 = x.fma(y, a9);
      a10 = x.fma(y, a10);
      a11 = x.fma(y, a11);
    }
    sink =
        a0.add(a1)
            .add(a2.add(a3))
            .add(a4.add(a5).add(a6.add(a7)))
            .add(a8.add(a9).add(a10.add(a11)))
            .reduceLanes(VectorOperators.ADD);
  }
}
