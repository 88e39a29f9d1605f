package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.Precision;
import java.util.Locale;
import org.junit.jupiter.api.Assertions;

/// The one place for tolerances. Tokens are compared exactly, so they have none; a NaN or an
/// infinity fails every comparison.
///
/// Logits are compared as vectors against a double-precision reference r: the greatest difference
/// `max |x − r| / max |r|`, which a single wrong logit moves, and the relative L2 distance
/// `‖x − r‖ / ‖r‖`, which many slightly wrong ones move.
///
/// @param unitRoundoff u: half the distance from 1 to the next number
/// @param maxDifference limit of the greatest difference
/// @param relativeL2 limit of the distance
public record Tolerance(double unitRoundoff, double maxDifference, double relativeL2) {
  /// Single precision: 256 roundings, which is ten times what fp32 costs the naive backend at most
  /// on the models of this kit.
  public static final Tolerance F32 = new Tolerance(0x1p-24, 0x1p-16, 0x1p-16);

  /// Double precision, against a reference that itself is in double: 1e-9 relative.
  public static final Tolerance F64 = new Tolerance(0x1p-53, 1e-9, 1e-9);

  /// Holds logits against a reference.
  ///
  /// @param what names the comparison in the failure
  public void assertLogits(double[] expected, double[] actual, String what) {
    assertEquals(expected.length, actual.length, what + ": number of logits");
    double scale = 0;
    double difference = 0;
    double squares = 0;
    double differenceSquares = 0;
    for (int id = 0; id < expected.length; id++) {
      requireFinite(actual[id], what, id);
      double delta = actual[id] - expected[id];
      scale = Math.max(scale, Math.abs(expected[id]));
      difference = Math.max(difference, Math.abs(delta));
      squares += expected[id] * expected[id];
      differenceSquares += delta * delta;
    }
    requireWithin(difference, maxDifference * scale, what + ": max |Δ|");
    requireWithin(
        Math.sqrt(differenceSquares), relativeL2 * Math.sqrt(squares), what + ": L2 distance");
  }

  /// As above, for logits in single precision.
  public void assertLogits(float[] expected, float[] actual, String what) {
    assertLogits(Precision.widened(expected), Precision.widened(actual), what);
  }

  /// Holds a kernel's sum of products against one in double precision:
  /// `|actual − expected| ≤ k · u · Σ|x·w|`.
  ///
  /// @param k how many roundings the worst chain of the sum has
  /// @param magnitude `Σ|x·w|`, bias included
  public void assertSum(double expected, double actual, int k, double magnitude, String what) {
    requireFinite(actual, what, 0);
    requireWithin(Math.abs(actual - expected), k * unitRoundoff * magnitude, what);
  }

  private static void requireFinite(double value, String what, int index) {
    if (!Double.isFinite(value)) {
      Assertions.fail(String.format(Locale.ROOT, "%s: element %d is %s", what, index, value));
    }
  }

  private static void requireWithin(double difference, double limit, String what) {
    if (!(difference <= limit)) {
      Assertions.fail(
          String.format(Locale.ROOT, "%s is %.3g, the limit is %.3g", what, difference, limit));
    }
  }
}
