package dev.lockstep.backend.simd.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// The elementary functions against double precision, on every 61st float of their domain.
class ElementaryTest {
  private static final int STEP = 61;

  private interface Check {
    void at(float x);
  }

  private static void sweep(float largest, Check check) {
    int last = Float.floatToIntBits(largest);
    for (int bits = 0; bits <= last; bits += STEP) {
      check.at(Float.intBitsToFloat(bits));
      check.at(-Float.intBitsToFloat(bits));
    }
    check.at(largest);
    check.at(-largest);
  }

  @Test
  void expIsWithinOneUlp() {
    double[] worst = {0};
    sweep(
        Elementary.EXP_LIMIT,
        x -> {
          double exact = Math.exp(x);
          double ulps = Math.abs(Elementary.exp(x) - exact) / Math.ulp((float) exact);
          worst[0] = Math.max(worst[0], ulps);
        });
    assertTrue(worst[0] <= 1, "worst error in ulp: " + worst[0]);
  }

  @Test
  void expOfZeroIsOneAndOfNaNIsNaN() {
    assertEquals(1f, Elementary.exp(0f));
    assertEquals(1f, Elementary.exp(-0f));
    assertTrue(Float.isNaN(Elementary.exp(Float.NaN)));
    assertTrue(Float.isNaN(Elementary.expOfNonPositive(Float.intBitsToFloat(0x7fc12345))));
  }

  /// Where u is below −15 the result is less than 1e-11 and only its size is checked.
  @Test
  void geluIsWithinItsBoundOfTheTanhForm() {
    double[] worst = {0};
    sweep(
        1e4f,
        x -> {
          double u = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * (double) x);
          double exact = u > -15 ? x / (1 + Math.exp(-2 * u)) : 0;
          double actual = Elementary.gelu(x);
          if (u <= -15) {
            assertTrue(Math.abs(actual) < 1e-11, x + " -> " + actual);
          } else {
            double ulps = Math.abs(actual - exact) / Math.ulp((float) exact);
            worst[0] = Math.max(worst[0], ulps / (4 + 9 * Math.abs(u)));
          }
        });
    assertTrue(worst[0] <= 1, "worst error over its bound: " + worst[0]);
  }

  @Test
  void geluOfTheExtremesIsWhatTheLimitSays() {
    assertEquals(1e20f, Elementary.gelu(1e20f));
    assertEquals(Float.POSITIVE_INFINITY, Elementary.gelu(Float.POSITIVE_INFINITY));
    assertEquals(0f, Elementary.gelu(-1e4f), 1e-30f);
    assertTrue(Float.isNaN(Elementary.gelu(Float.NaN)));
  }
}
