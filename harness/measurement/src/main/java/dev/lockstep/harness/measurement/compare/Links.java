package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The ratio of ratios: how a backend's ratio to its anchors moved from one run to the other.
final class Links {
  private Links() {}

  /// How many times as fast a backend became, by its anchors; null if a run has no round of all.
  static @Nullable SpeedUp speedUp(
      Pair pair, List<Pair> anchors, CommonPrompts.Scope scope, Metric metric, VerdictRule rule) {
    return SpeedUp.between(
        ratios(pair, anchors, Pair::before, scope, metric),
        ratios(pair, anchors, Pair::after, scope, metric),
        rule);
  }

  /// The ratios of one run, as [LogRatios] has them.
  static List<double[]> ratios(
      Pair pair,
      List<Pair> anchors,
      Function<Pair, Contender> side,
      CommonPrompts.Scope scope,
      Metric metric) {
    List<Sample> own = side.apply(pair).samples();
    return LogRatios.byFork(own, Pair.samples(anchors, side), scope.prompts(), metric);
  }
}
