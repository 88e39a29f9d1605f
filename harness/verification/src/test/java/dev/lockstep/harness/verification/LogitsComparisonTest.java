package dev.lockstep.harness.verification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

class LogitsComparisonTest {

  @Test
  void equalLogitsDifferInNothing() {
    LogitsComparison comparison = new LogitsComparison();
    comparison.add(new double[] {1, 2, 3}, new double[] {1, 2, 3});
    assertEquals(0, comparison.maxAbsDifference());
    assertEquals(0, comparison.relativeL2());
    assertEquals(0, comparison.meanDivergence());
    assertEquals(1, comparison.sameBestShare());
    assertEquals(1, comparison.leastMargin());
    assertNull(comparison.worst());
  }

  @Test
  void figuresAreThoseOfTheDefinitions() {
    LogitsComparison comparison = new LogitsComparison();
    comparison.add(new double[] {0, 0}, new double[] {0, Math.log(3)});
    comparison.add(new double[] {3, 4}, new double[] {3, 4});
    assertEquals(2, comparison.positions());
    assertEquals(Math.log(3), comparison.maxAbsDifference());
    assertEquals(Math.log(3) / 5, comparison.relativeL2(), 1e-15);
    // p = (1/2, 1/2), q = (1/4, 3/4): 1/2 ln 2 + 1/2 ln 2/3.
    double divergence = 0.5 * Math.log(2) + 0.5 * Math.log(2.0 / 3);
    assertEquals(divergence, comparison.maxDivergence(), 1e-15);
    assertEquals(divergence / 2, comparison.meanDivergence(), 1e-15);
    assertEquals(0.5, comparison.sameBestShare());
    assertEquals(0, comparison.leastMargin());
    LogitsComparison.Worst worst = comparison.worst();
    assertNotNull(worst);
    assertEquals(0, worst.index());
  }

  @Test
  void aShiftOfAllLogitsIsTheSameDistribution() {
    LogitsComparison comparison = new LogitsComparison();
    comparison.add(new double[] {1, 2, 700}, new double[] {11, 12, 710});
    assertEquals(0, comparison.maxDivergence(), 1e-12);
    assertEquals(10, comparison.maxAbsDifference());
  }

  @Test
  void whatIsNotFiniteIsCountedAndAgreesWithNothing() {
    LogitsComparison comparison = new LogitsComparison();
    comparison.add(new double[] {1, 2}, new double[] {Double.NaN, 2});
    comparison.add(new double[] {1, 2}, new double[] {1, Double.POSITIVE_INFINITY});
    assertEquals(2, comparison.nonFinite());
    assertEquals(0, comparison.sameBestShare());
    assertEquals(0, comparison.maxAbsDifference());
    LogitsComparison.Worst worst = comparison.worst();
    assertNotNull(worst);
    assertEquals(0, worst.index());
  }
}
