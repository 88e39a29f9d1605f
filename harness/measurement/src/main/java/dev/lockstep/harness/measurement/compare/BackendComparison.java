package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.measurement.compare.CommonPrompts.Scope;
import dev.lockstep.harness.measurement.compare.Comparison.Row;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import dev.lockstep.harness.worker.error.UserError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Two backends of one run, by the rounds that they share.
public final class BackendComparison {
  private BackendComparison() {}

  /// @param first what the second is compared with, as on the command line
  /// @throws UserError if the run does not hold them
  public static Comparison of(RecordedRun run, String first, String second, double noiseThreshold) {
    String where = run.directory() + " holds";
    RecordedBackend old = BackendNames.resolve("--backends", first, run.backends(), where);
    RecordedBackend recent = BackendNames.resolve("--backends", second, run.backends(), where);
    if (old.equals(recent)) {
      throw UserError.usage(
          "--backends: both are %s; name two different backends".formatted(old.label()));
    }
    CommonPrompts prompts = CommonPrompts.of(run, run);
    Contender before = Contender.of(run, old, prompts.ids());
    Contender after = Contender.of(run, recent, prompts.ids());
    VerdictRule rule = run.rule(noiseThreshold);
    String problem = problem(before, after);
    List<Row> rows = new ArrayList<>();
    for (Metric metric : Metric.values()) {
      for (Scope scope : prompts.scopes(metric)) {
        rows.add(row(before, after, metric, scope, problem, rule));
      }
    }
    return new Comparison(
        old.label(), recent.label(), "two backends of " + run.directory(), rows, run.notes());
  }

  private static @Nullable String problem(Contender before, Contender after) {
    String problem = before.problem() == null ? after.problem() : before.problem();
    if (problem != null) {
      return problem;
    }
    for (Contender each : List.of(before, after)) {
      if (each.isApproximate()) {
        return each.backend().label()
            + " is approximate: it computes something else than the other";
      }
    }
    return null;
  }

  private static Row row(
      Contender before,
      Contender after,
      Metric metric,
      Scope scope,
      @Nullable String problem,
      VerdictRule rule) {
    List<double[]> ratios =
        LogRatios.byFork(after.samples(), List.of(before.samples()), scope.prompts(), metric);
    SpeedUp speedUp = problem == null ? SpeedUp.of(ratios, rule) : null;
    String reason = problem == null ? "" : problem;
    Conclusion conclusion = Conclusion.NOT_COMPARABLE;
    if (speedUp != null) {
      conclusion = Conclusion.of(speedUp);
      reason = conclusion == Conclusion.TOO_FEW_FORKS ? Reasons.tooFewForks(ratios.size()) : "";
    } else if (problem == null) {
      reason = Reasons.noRound("the two were timed");
    }
    return new Row(
        after.backend().label(),
        scope.name(),
        scope.whole(),
        metric,
        before.figure(metric, scope.prompts()),
        after.figure(metric, scope.prompts()),
        speedUp,
        conclusion,
        List.of(),
        reason);
  }
}
