package dev.lockstep.harness.measurement.statistics;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpeedUpTest {

  private static List<double[]> forks(double... logRatios) {
    return Arrays.stream(logRatios).mapToObj(ratio -> new double[] {ratio}).toList();
  }

  @Test
  void oneForkGivesARatioButNoVerdict() {
    SpeedUp speedUp = SpeedUp.of(forks(Math.log(2)), VerdictRule.GIVEN_FORKS);
    assertNotNull(speedUp);
    assertEquals(2, speedUp.ratio(), 1e-12);
    assertNull(speedUp.low());
    assertNull(speedUp.high());
    assertNull(speedUp.verdict());
  }

  @Test
  void noRatiosGiveNothing() {
    assertNull(SpeedUp.of(List.of(), VerdictRule.GIVEN_FORKS));
  }

  @Test
  void theIntervalIsStudentsOnTheMeansOfTheForks() {
    // Mean 0.3, standard deviation sqrt(0.1 / 4) = 0.158114; t(0.975, 4) = 2.776445.
    SpeedUp speedUp = SpeedUp.of(forks(0.1, 0.2, 0.3, 0.4, 0.5), VerdictRule.GIVEN_FORKS);
    assertNotNull(speedUp);
    double half = 2.7764451 * Math.sqrt(0.1 / 4) / Math.sqrt(5);
    assertEquals(Math.exp(0.3), speedUp.ratio(), 1e-12);
    assertEquals(Math.exp(0.3 - half), requireNonNull(speedUp.low()), 1e-7);
    assertEquals(Math.exp(0.3 + half), requireNonNull(speedUp.high()), 1e-7);
    assertEquals(SpeedUp.FASTER, speedUp.verdict());
  }

  @Test
  void aStallInOneRoundDoesNotMoveAFork() {
    SpeedUp speedUp =
        SpeedUp.of(List.of(new double[] {0.1, 0.1, -2, 0.1, 0.1}), VerdictRule.GIVEN_FORKS);
    assertNotNull(speedUp);
    assertEquals(Math.exp(0.1), speedUp.ratio(), 1e-12);
  }

  @Test
  void theSmallestDifferenceThatCouldBeToldCountsTheThresholdAndThePower() {
    // t(0.9, 4) = 1.533206 beside the interval's 2.776445.
    SpeedUp speedUp = SpeedUp.of(forks(-0.02, -0.01, 0, 0.01, 0.02), VerdictRule.GIVEN_FORKS);
    assertNotNull(speedUp);
    double error = Math.sqrt(0.001 / 4) / Math.sqrt(5);
    assertEquals(
        1.02 * Math.exp((2.7764451 + 1.5332062) * error) - 1,
        requireNonNull(speedUp.detectable()),
        1e-7);
    SpeedUp twoForks = SpeedUp.of(forks(0.1, 0.2), VerdictRule.GIVEN_FORKS);
    assertNotNull(twoForks);
    assertNull(twoForks.detectable());
  }

  @Test
  void roundsOfOneForkDoNotCountAsIndependent() {
    SpeedUp one =
        SpeedUp.of(
            List.of(new double[] {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8}),
            VerdictRule.GIVEN_FORKS);
    assertNotNull(one);
    assertNull(one.verdict());
  }

  @Test
  void aDifferenceWithinTheNoiseThresholdIsNotTold() {
    SpeedUp tiny = SpeedUp.of(forks(0.010, 0.0101, 0.0099, 0.01, 0.01), VerdictRule.GIVEN_FORKS);
    assertNotNull(tiny);
    assertEquals(SpeedUp.UNDECIDED, tiny.verdict());
    SpeedUp slower = SpeedUp.of(forks(-0.5, -0.51, -0.49, -0.5, -0.5), VerdictRule.GIVEN_FORKS);
    assertNotNull(slower);
    assertEquals(SpeedUp.SLOWER, slower.verdict());
  }

  @Test
  void twoRunsAreComparedByTheirRatiosToABackendOfBoth() {
    SpeedUp between =
        SpeedUp.between(
            forks(0.1, 0.05, 0.1, 0.1, 0.15),
            forks(0.5, 0.4, 0.6, 0.45, 0.55),
            VerdictRule.GIVEN_FORKS);
    assertNotNull(between);
    assertEquals(Math.exp(0.4), between.ratio(), 1e-12);
    double oldVariance = (2 * 0.05 * 0.05 / 4) / 5;
    double newVariance = (2 * 0.1 * 0.1 + 2 * 0.05 * 0.05) / 4 / 5;
    double variance = oldVariance + newVariance;
    double degrees =
        variance * variance / (oldVariance * oldVariance / 4 + newVariance * newVariance / 4);
    double half = Estimators.studentQuantile(degrees, 0.975) * Math.sqrt(variance);
    assertEquals(Math.exp(0.4 - half), requireNonNull(between.low()), 1e-9);
    assertEquals(Math.exp(0.4 + half), requireNonNull(between.high()), 1e-9);
    assertEquals(SpeedUp.FASTER, between.verdict());
  }

  @Test
  void oneOfTwoRunsWithFewForksTakesTheVerdict() {
    SpeedUp between =
        SpeedUp.between(forks(0, 0, 0, 0), forks(1, 1, 1, 1, 1, 1), VerdictRule.GIVEN_FORKS);
    assertNotNull(between);
    assertEquals(Math.E, between.ratio(), 1e-12);
    assertNull(between.verdict());
    assertNull(SpeedUp.between(List.of(), forks(1, 1, 1, 1, 1), VerdictRule.GIVEN_FORKS));
  }

  @Test
  void runsWithoutAnySpreadGiveAVerdict() {
    SpeedUp between =
        SpeedUp.between(forks(0, 0, 0, 0, 0), forks(1, 1, 1, 1, 1), VerdictRule.GIVEN_FORKS);
    assertNotNull(between);
    assertEquals(SpeedUp.FASTER, between.verdict());
  }

  @Test
  void whereThePilotDecidedHowManyForksThereAreItsSpreadIsTheOneThatCounts() {
    // The pilot's five: standard deviation 0.015811, four degrees of freedom; ten forks in all.
    List<double[]> forks = forks(0.08, 0.09, 0.1, 0.11, 0.12, 0.1, 0.5, -0.3, 0.1, 0.1);
    SpeedUp speedUp = SpeedUp.of(forks, VerdictRule.PILOT_FORKS);
    assertNotNull(speedUp);
    double half = 2.7764451 * Math.sqrt(0.001 / 4) / Math.sqrt(10);
    assertEquals(Math.exp(0.1), speedUp.ratio(), 1e-12);
    assertEquals(Math.exp(0.1 - half), requireNonNull(speedUp.low()), 1e-7);
    assertEquals(SpeedUp.FASTER, speedUp.verdict());
    SpeedUp given = SpeedUp.of(forks, VerdictRule.GIVEN_FORKS);
    assertNotNull(given);
    assertEquals(SpeedUp.UNDECIDED, given.verdict());
  }
}
