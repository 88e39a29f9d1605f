package dev.lockstep.harness.measurement.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EstimatorsTest {

  /// Lengths around those at which the library changes its way of selecting.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 9, 31, 100, 1000})
  void valuesKeepTheirOrder(int length) {
    double[] values = new SplittableRandom(length).doubles(length).toArray();
    double[] before = values.clone();
    for (ToDoubleFunction<double[]> estimator :
        java.util.List.<ToDoubleFunction<double[]>>of(
            Estimators::mean,
            Estimators::standardDeviation,
            Estimators::median,
            x -> Estimators.quantile(x, 0.99))) {
      var _ = estimator.applyAsDouble(values);
      assertArrayEquals(before, values);
    }
  }

  @Test
  void aTimingKeepsItsGapsWhateverItsUsersDo() {
    double[] gaps = {3, 1, 2};
    Sample.Timing timing = new Sample.Timing(1, 7, gaps);
    gaps[0] = 9;
    timing.itlMillis()[1] = 9;
    assertArrayEquals(new double[] {3, 1, 2}, timing.itlMillis());
  }

  @Test
  void estimatesAreThoseOfTheTextbook() {
    assertEquals(4.5, Estimators.median(new double[] {9, 2, 4, 5, 4, 7, 5, 4}));
    assertEquals(2.776445, Estimators.studentQuantile(4, 0.975), 1e-6);
  }
}
