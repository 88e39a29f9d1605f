package dev.lockstep.harness.diagnosis.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoundingTest {
  private static final int SUMS = 400;

  /// A dot product with a start value, in single precision and exactly enough.
  private record Sum(double budget, double error) {
    static Sum of(float[] x, float[] w, float start, Order order) {
      double exact = 0;
      double squares = 0;
      for (int k = 0; k < x.length; k++) {
        double product = (double) x[k] * w[k];
        exact += product;
        squares += product * product;
      }
      double result = start + exact;
      double budget =
          Rounding.ofSum(x.length, squares, exact, start) + Rounding.UNIT * Math.abs(result);
      return new Sum(budget, Math.abs(order.sum(x, w, start) - result));
    }
  }

  /// A way to add up.
  private enum Order {
    ASCENDING {
      @Override
      float sum(float[] x, float[] w, float start) {
        float sum = start;
        for (int k = 0; k < x.length; k++) {
          sum += x[k] * w[k];
        }
        return sum;
      }
    },
    FUSED {
      @Override
      float sum(float[] x, float[] w, float start) {
        float sum = start;
        for (int k = 0; k < x.length; k++) {
          sum = Math.fma(x[k], w[k], sum);
        }
        return sum;
      }
    },
    EIGHT_LANES {
      @Override
      float sum(float[] x, float[] w, float start) {
        float[] lanes = new float[8];
        for (int k = 0; k < x.length; k++) {
          lanes[k % 8] += x[k] * w[k];
        }
        float sum = 0;
        for (float lane : lanes) {
          sum += lane;
        }
        return sum + start;
      }
    };

    abstract float sum(float[] x, float[] w, float start);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 64, 192, 768, 3072})
  void noSumExceedsItsBudgetWhateverTheOrder(int terms) {
    SplittableRandom random = new SplittableRandom(terms);
    double worst = 0;
    for (int i = 0; i < SUMS; i++) {
      float[] x = new float[terms];
      float[] w = new float[terms];
      for (int k = 0; k < terms; k++) {
        x[k] = (float) random.nextGaussian();
        // Every second sum is of terms with one sign, which is where partial sums grow most.
        w[k] =
            (float)
                (i % 2 == 0
                    ? random.nextGaussian()
                    : Math.abs(random.nextGaussian()) * Math.signum(x[k]));
      }
      for (Order order : Order.values()) {
        Sum sum = Sum.of(x, w, (float) random.nextGaussian(), order);
        worst = Math.max(worst, sum.error() / sum.budget());
      }
    }
    double greatest = worst;
    assertTrue(
        greatest < 1, () -> String.format(Locale.ROOT, "an error of %.3f budgets", greatest));
    assertTrue(
        greatest > 0.005, () -> String.format(Locale.ROOT, "the budget is slack: %.5f", greatest));
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 256, 4096})
  void theBudgetGrowsWithTheRootOfTheLength(int terms) {
    double one = Rounding.ofSum(terms, 1, 1, 0);
    double four = Rounding.ofSum(4 * terms, 1, 1, 0);
    assertEquals(2, four / one, 1e-9);
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 768})
  void aDroppedTermExceedsIt(int terms) {
    SplittableRandom random = new SplittableRandom(terms);
    float[] x = new float[terms];
    float[] w = new float[terms];
    for (int k = 0; k < terms; k++) {
      x[k] = (float) random.nextGaussian();
      w[k] = (float) random.nextGaussian();
    }
    double budget = Sum.of(x, w, 0, Order.ASCENDING).budget();
    assertTrue(Math.abs((double) x[0] * w[0]) > 10 * budget);
  }
}
