package dev.lockstep.harness.measurement.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChangePointTest {
  private static final double NOISE = 0.01;

  private static double[] series(Random random, int length, int jumpAt, double jump) {
    double[] values = new double[length];
    for (int i = 0; i < length; i++) {
      values[i] = NOISE * random.nextGaussian() + (i < jumpAt ? 0 : jump);
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 10, 20, 40})
  void aSteadySeriesIsHardlyEverAccused(int length) {
    Random random = new Random(length);
    int accused = 0;
    for (int i = 0; i < 1000; i++) {
      accused += ChangePoint.find(series(random, length, length, 0)) != null ? 1 : 0;
    }
    int found = accused;
    assertTrue(accused <= 10, () -> found + " of 1000");
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5, 7})
  void aLargeJumpIsFoundWhereverItIs(int jumpAt) {
    Random random = new Random(jumpAt);
    int found = 0;
    for (int i = 0; i < 1000; i++) {
      found += ChangePoint.find(series(random, 10, jumpAt, -0.3)) != null ? 1 : 0;
    }
    int times = found;
    assertTrue(found >= 950, () -> times + " of 1000");
  }

  @Test
  void oneStallIsNoJump() {
    double[] values = new double[12];
    values[11] = 2;
    values[4] = 1;
    assertNull(ChangePoint.find(values));
  }

  @Test
  void aJumpIsToldWithItsPlaceAndSize() {
    assertEquals(
        new ChangePoint(4, 0.5), ChangePoint.find(new double[] {1, 1, 1, 1, 1.5, 1.5, 1.5, 1.5}));
  }

  @Test
  void tooFewValuesTellNothing() {
    assertNull(ChangePoint.find(new double[] {0, 0, 0, 5, 5, 5}));
  }

  @Test
  void aJumpTakesTheVerdictAway() {
    double[] steady = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
    double[] jumps = {0.5, 0.5, 0.5, 0.5, 0.9, 0.9, 0.9, 0.9};
    SpeedUp speedUp =
        SpeedUp.of(
            java.util.List.of(steady, steady, steady, steady, steady), VerdictRule.GIVEN_FORKS);
    assertEquals(SpeedUp.FASTER, speedUp == null ? null : speedUp.verdict());
    SpeedUp unsteady =
        SpeedUp.of(
            java.util.List.of(steady, steady, jumps, steady, steady), VerdictRule.GIVEN_FORKS);
    assertEquals(SpeedUp.UNSTEADY, unsteady == null ? null : unsteady.verdict());
  }
}
