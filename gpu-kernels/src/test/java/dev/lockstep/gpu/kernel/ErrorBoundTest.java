package dev.lockstep.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.gpu.testing.JavaArithmetic;
import dev.lockstep.tck.Tolerance;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The bounds that the documentation states, held against double precision.
class ErrorBoundTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 33, 127, 128, 129, 768, 1600, 3072, 6400})
  void aProductIsWithinItsRoundings(int k) {
    SplittableRandom random = new SplittableRandom(k);
    for (int repeat = 0; repeat < 20; repeat++) {
      float[] x = new float[k];
      float[] w = new float[k];
      double exact = 0;
      double magnitude = 0;
      for (int i = 0; i < k; i++) {
        x[i] = (float) random.nextGaussian();
        w[i] = (float) random.nextGaussian(repeat % 2, 0.2);
        exact += (double) x[i] * w[i];
        magnitude += Math.abs((double) x[i] * w[i]);
      }
      float sum = JavaArithmetic.product(k, i -> x[i], i -> w[i]);
      int roundings = SummationOrder.chunk(k) + SummationOrder.chunks(k);
      Tolerance.F32.assertSum(exact, sum, roundings, magnitude, "K = " + k);
      float chain = JavaArithmetic.chain(0, k, i -> x[i], i -> w[i]);
      Tolerance.F32.assertSum(exact, chain, k, magnitude, "one chain, K = " + k);
    }
  }

  @Test
  void expIsWithinOneUlp() {
    for (double x = -87; x <= 87; x += 1e-4) {
      float argument = (float) x;
      double exact = Math.exp(argument);
      double error = Math.abs(JavaArithmetic.exp(argument) - exact) / Math.ulp((float) exact);
      assertTrue(error < 1, () -> "exp(" + argument + "): " + error + " ulp");
    }
    assertEquals(1f, JavaArithmetic.exp(0f));
    assertEquals(1f, JavaArithmetic.exp(-0f));
    assertTrue(Float.isNaN(JavaArithmetic.exp(Float.NaN)));
    assertEquals(JavaArithmetic.exp(-87), JavaArithmetic.exp(Float.NEGATIVE_INFINITY));
  }

  @Test
  void chunksCoverKInAtMost32() {
    for (int k = 1; k <= 7000; k++) {
      int chunk = SummationOrder.chunk(k);
      assertEquals(0, chunk % 4, "K = " + k);
      assertTrue(SummationOrder.chunks(k) <= SummationOrder.CHUNKS, "K = " + k);
      assertTrue(
          (SummationOrder.chunks(k) - 1) * chunk < k && SummationOrder.chunks(k) * chunk >= k,
          "K = " + k);
    }
  }
}
