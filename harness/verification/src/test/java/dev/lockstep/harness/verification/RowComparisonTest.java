package dev.lockstep.harness.verification;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RowComparisonTest {
  private static final double BOUND = 0.1;

  private static RowComparison of(double one, double other, boolean exact) {
    RowComparison comparison = new RowComparison(BOUND);
    comparison.add(new double[] {1, one}, new double[] {1, other}, exact, "rows");
    return comparison;
  }

  @Test
  void theSameBitsAreTheSame() {
    assertNull(of(2, 2, true).problem());
    assertTrue(of(2, 2, true).isBitIdentical());
  }

  @Test
  void whatMustBeTheSameMayNotDifferInItsLastBit() {
    assertNotNull(of(2, Math.nextUp(2), true).problem());
    assertNotNull(of(0.0, -0.0, true).problem());
  }

  @Test
  void whereRoundingIsExcusedTheBoundDecides() {
    assertNull(of(2, 2.05, false).problem());
    assertFalse(of(2, 2.05, false).isBitIdentical());
    assertNull(of(0.0, -0.0, false).problem());
    assertNotNull(of(2, 2.15, false).problem());
  }

  @Test
  void whatIsNotANumberFailsEvenIfBothAgree() {
    assertNotNull(of(Double.NaN, Double.NaN, true).problem());
    assertNotNull(of(2, Double.POSITIVE_INFINITY, false).problem());
  }
}
