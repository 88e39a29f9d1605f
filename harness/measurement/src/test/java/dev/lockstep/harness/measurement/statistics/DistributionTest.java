package dev.lockstep.harness.measurement.statistics;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DistributionTest {

  @Test
  void standardDeviationIsThatOfASample() {
    // 2, 4, 4, 4, 5, 5, 7, 9: sum of squared deviations 32, divisor 7.
    Distribution distribution = new Distribution(new double[] {2, 4, 4, 4, 5, 5, 7, 9});
    assertEquals(5, distribution.mean());
    assertEquals(Math.sqrt(32.0 / 7), requireNonNull(distribution.standardDeviation()), 1e-15);
    assertEquals(4.5, distribution.median());
  }

  @Test
  void whatTooFewValuesCannotTellIsNull() {
    assertNull(new Distribution(new double[0]).mean());
    assertNull(new Distribution(new double[0]).median());
    assertNull(new Distribution(new double[] {1}).standardDeviation());
    assertNull(new Distribution(IntStream.range(0, 99).asDoubleStream().toArray()).p99());
    assertNotNull(new Distribution(IntStream.range(0, 100).asDoubleStream().toArray()).p99());
  }

  @Test
  void anOutlierIsCountedAndStillEntersTheMean() {
    Distribution distribution = new Distribution(new double[] {10, 10.1, 9.9, 10.2, 9.8, 50});
    assertEquals(1, distribution.outliers());
    assertEquals(100.0 / 6, requireNonNull(distribution.mean()), 1e-12);
  }

  @Test
  void equalValuesHaveNoOutliers() {
    assertEquals(0, new Distribution(new double[] {3, 3, 3, 3}).outliers());
  }
}
