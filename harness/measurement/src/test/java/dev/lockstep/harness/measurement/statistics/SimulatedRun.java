package dev.lockstep.harness.measurement.statistics;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Runs of `--forks auto` that are made up: a backend, the same one again, and one that is slower,
/// on a machine whose forks and rounds spread as those of a real run did.
final class SimulatedRun {
  /// What a real run's ratios spread like.
  ///
  /// @param forkDeviation standard deviation of the forks' estimates
  /// @param residuals of each fork's rounds from its estimate, in order
  /// @param allowedForks how many the time would have allowed
  record Spread(double forkDeviation, List<double[]> residuals, int allowedForks) {
    static Spread of(List<double[]> logRatiosByFork, int allowedForks) {
      double[] estimates = new double[logRatiosByFork.size()];
      List<double[]> residuals = new ArrayList<>();
      for (int fork = 0; fork < estimates.length; fork++) {
        double[] rounds = logRatiosByFork.get(fork).clone();
        estimates[fork] = Estimators.median(rounds);
        for (int round = 0; round < rounds.length; round++) {
          rounds[round] -= estimates[fork];
        }
        residuals.add(rounds);
      }
      return new Spread(Estimators.standardDeviation(estimates), residuals, allowedForks);
    }
  }

  private static final VerdictRule RULE = VerdictRule.PILOT_FORKS;

  private final Spread spread;
  private final SplittableRandom random;
  private final List<double[]> same;
  private final List<double[]> slow;

  /// @param slowerLogRatio the true ratio of the slower one, below 0
  private SimulatedRun(
      Spread spread, SplittableRandom random, double slowerLogRatio, double effect) {
    this.spread = spread;
    this.random = random;
    same = forks(SpeedUp.MIN_FORKS, 0);
    slow = forks(SpeedUp.MIN_FORKS, slowerLogRatio);
    int needed =
        Math.max(
            SpeedUp.forksToTell(effect, same, RULE).orElseThrow(),
            SpeedUp.forksToTell(effect, slow, RULE).orElseThrow());
    int more = Math.min(needed, spread.allowedForks()) - SpeedUp.MIN_FORKS;
    same.addAll(forks(more, 0));
    slow.addAll(forks(more, slowerLogRatio));
  }

  private List<double[]> forks(int count, double logRatio) {
    List<double[]> forks = new ArrayList<>();
    for (int fork = 0; fork < count; fork++) {
      double estimate = logRatio + spread.forkDeviation() * random.nextGaussian();
      double[] rounds = spread.residuals().get(random.nextInt(spread.residuals().size())).clone();
      for (int round = 0; round < rounds.length; round++) {
        rounds[round] += estimate;
      }
      forks.add(rounds);
    }
    return forks;
  }

  /// How often each verdict was given.
  ///
  /// @param falseAlarms the same backend was called faster or slower
  /// @param found the slower one was called slower
  /// @param falseAlarmsBetween as `falseAlarms`, for two runs
  /// @param foundBetween as `found`, for two runs
  record Rates(int runs, int falseAlarms, int found, int falseAlarmsBetween, int foundBetween) {}

  /// @param spreads of real runs; each made-up run takes one of them at random
  /// @param slower by how much the slower one is: 0.05 is 5 %
  static Rates simulate(int runs, List<Spread> spreads, double slower, double effect, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double slowerLogRatio = -Math.log1p(slower);
    int falseAlarms = 0;
    int found = 0;
    int falseAlarmsBetween = 0;
    int foundBetween = 0;
    for (int i = 0; i < runs; i++) {
      Spread spread = spreads.get(random.nextInt(spreads.size()));
      SimulatedRun run = new SimulatedRun(spread, random, slowerLogRatio, effect);
      SimulatedRun later = new SimulatedRun(spread, random, slowerLogRatio, effect);
      falseAlarms += isTold(SpeedUp.of(run.same, RULE)) ? 1 : 0;
      found += isSlower(SpeedUp.of(run.slow, RULE)) ? 1 : 0;
      falseAlarmsBetween += isTold(SpeedUp.between(run.same, later.same, RULE)) ? 1 : 0;
      foundBetween += isSlower(SpeedUp.between(run.same, later.slow, RULE)) ? 1 : 0;
    }
    return new Rates(runs, falseAlarms, found, falseAlarmsBetween, foundBetween);
  }

  static boolean isTold(@Nullable SpeedUp speedUp) {
    return isSlower(speedUp) || (speedUp != null && SpeedUp.FASTER.equals(speedUp.verdict()));
  }

  static boolean isSlower(@Nullable SpeedUp speedUp) {
    return speedUp != null && SpeedUp.SLOWER.equals(speedUp.verdict());
  }
}
