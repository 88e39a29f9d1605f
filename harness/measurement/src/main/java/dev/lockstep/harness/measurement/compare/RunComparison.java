package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.measurement.compare.CommonPrompts.Scope;
import dev.lockstep.harness.measurement.compare.Comparison.Row;
import dev.lockstep.harness.measurement.compare.Difference.Kind;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import dev.lockstep.harness.worker.error.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What two runs hold, backend by backend.
public final class RunComparison {
  private final RecordedRun before;
  private final RecordedRun after;
  private final VerdictRule rule;
  private final CommonPrompts prompts;
  private final List<Difference> ofRuns;
  private final List<Pair> pairs;
  private final Anchors anchors;

  private RunComparison(
      RecordedRun before, RecordedRun after, double noiseThreshold, List<String> anchorNames) {
    this.before = before;
    this.after = after;
    // The interval is Welch's, on all forks of both.
    rule = new VerdictRule(noiseThreshold, 0);
    prompts = CommonPrompts.of(before, after);
    ofRuns = Differences.between(before, after);
    pairs = Pair.of(before, after, prompts.ids());
    requireSharedBackend();
    anchors = Anchors.choose(before, after, pairs, ofRuns, anchorNames);
  }

  /// @param anchorNames backends that did not change, as the user named them; empty for the default
  /// @throws UserError if nothing in the two can be compared
  public static Comparison of(
      RecordedRun before, RecordedRun after, double noiseThreshold, List<String> anchorNames) {
    if (!before.modelSha256().equals(after.modelSha256())) {
      throw UserError.usage(
          String.format(
              Locale.ROOT,
              "%s ran %s (sha256 %.12s…) and %s ran %s (sha256 %.12s…): compare runs of one model",
              before.directory(),
              before.model(),
              before.modelSha256(),
              after.directory(),
              after.model(),
              after.modelSha256()));
    }
    return new RunComparison(before, after, noiseThreshold, anchorNames).compare();
  }

  private void requireSharedBackend() {
    if (pairs.isEmpty()) {
      throw UserError.usage(
          "%s has %s and %s has %s: no backend is in both, so nothing can be compared"
              .formatted(
                  before.directory(),
                  String.join(", ", before.backends().keySet()),
                  after.directory(),
                  String.join(", ", after.backends().keySet())));
    }
  }

  private Comparison compare() {
    List<Row> rows = new ArrayList<>();
    for (Pair pair : pairs) {
      for (Metric metric : Metric.values()) {
        prompts.scopes(metric).forEach(scope -> rows.add(row(pair, metric, scope)));
      }
    }
    return new Comparison(describe(before), describe(after), compared(), rows, notes());
  }

  private static String describe(RecordedRun run) {
    return "%s (revision %s)".formatted(run.directory(), run.revision());
  }

  private String compared() {
    List<String> parts = new ArrayList<>(ofRuns.stream().map(Difference::toString).toList());
    pairs.stream()
        .filter(pair -> !pair.hasOneLabel())
        .forEach(pair -> parts.add("options (" + pair.label() + ")"));
    return parts.isEmpty() ? "nothing: the runs differ in time alone" : String.join("; ", parts);
  }

  private Row row(Pair pair, Metric metric, Scope scope) {
    List<Pair> own = anchors.of(pair);
    Verdict verdict = verdict(pair, own, metric, scope);
    boolean linked = verdict.speedUp() != null;
    return new Row(
        pair.label(),
        scope.name(),
        scope.whole(),
        metric,
        pair.before().figure(metric, scope.prompts()),
        pair.after().figure(metric, scope.prompts()),
        verdict.speedUp(),
        verdict.conclusion(),
        linked ? own.stream().map(Pair::label).toList() : List.of(),
        verdict.reason());
  }

  private record Verdict(@Nullable SpeedUp speedUp, Conclusion conclusion, String reason) {
    static Verdict none(Conclusion conclusion, String reason) {
      return new Verdict(null, conclusion, reason);
    }
  }

  private Verdict verdict(Pair pair, List<Pair> own, Metric metric, Scope scope) {
    Verdict refusal = refusal(pair, own);
    if (refusal != null) {
      return refusal;
    }
    String disagreement = Anchors.disagreement(own, scope, metric, rule);
    if (disagreement != null) {
      return Verdict.none(Conclusion.ABSOLUTE_ONLY, disagreement);
    }
    SpeedUp speedUp = Links.speedUp(pair, own, scope, metric, rule);
    if (speedUp == null) {
      return Verdict.none(
          Conclusion.NOT_COMPARABLE,
          Reasons.noRound("it and all its anchors were timed, in one of the runs"));
    }
    Conclusion conclusion = Conclusion.of(speedUp);
    return new Verdict(
        speedUp,
        conclusion,
        conclusion == Conclusion.TOO_FEW_FORKS
            ? Reasons.tooFewForks(
                Links.ratios(pair, own, Pair::before, scope, metric).size(),
                Links.ratios(pair, own, Pair::after, scope, metric).size())
            : "");
  }

  /// Why a pair is not judged at all; null if it is.
  private @Nullable Verdict refusal(Pair pair, List<Pair> own) {
    String problem = pair.problem();
    if (problem != null) {
      return Verdict.none(Conclusion.NOT_COMPARABLE, problem);
    }
    List<Difference> differences =
        Differences.ofBackend(pair.before().backend(), pair.after().backend(), ofRuns);
    if (differences.stream().anyMatch(each -> each.kind() == Kind.MACHINE)) {
      return Verdict.none(
          Conclusion.ABSOLUTE_ONLY,
          "the runs are of two classes of machine; a ratio of their figures says nothing about the backend");
    }
    if (differences.size() > 1) {
      return Verdict.none(
          Conclusion.NOT_COMPARABLE,
          "%s differ, and only one thing may: nobody could tell which made the difference"
              .formatted(
                  differences.stream()
                      .map(d -> d.kind().label())
                      .collect(Collectors.joining(" and "))));
    }
    if (anchors.assumes(pair)) {
      return Verdict.none(Conclusion.ANCHOR, "");
    }
    return own.isEmpty() ? Verdict.none(Conclusion.ABSOLUTE_ONLY, anchors.absence()) : null;
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (anchors.assumed() && !anchors.pairs().isEmpty()) {
      notes.add(
          "taken as unchanged: %s%s"
              .formatted(
                  anchors.labels(),
                  anchors.pairs().size() == 1
                      ? "; with one anchor there is no check that it is"
                      : ""));
    }
    prompts.others().forEach(other -> notes.add("not compared: " + other));
    notes.addAll(onlyIn(before, Pair::before));
    notes.addAll(onlyIn(after, Pair::after));
    for (Pair pair : pairs) {
      if (pair.hasOneLabel()
          && !pair.before().backend().options().equals(pair.after().backend().options())) {
        notes.add(
            "%s has other defaults: %s → %s"
                .formatted(
                    pair.label(),
                    pair.before().backend().options(),
                    pair.after().backend().options()));
      }
    }
    String old = before.environment().at("/plan/warmups").asText();
    String recent = after.environment().at("/plan/warmups").asText();
    if (!old.equals(recent)) {
      notes.add("the warm-up was -w %s and is -w %s".formatted(old, recent));
    }
    notes.addAll(before.notes());
    notes.addAll(after.notes());
    return notes;
  }

  private List<String> onlyIn(RecordedRun run, Function<Pair, Contender> side) {
    List<String> paired = pairs.stream().map(pair -> side.apply(pair).backend().label()).toList();
    return run.backends().keySet().stream()
        .filter(label -> !paired.contains(label))
        .map(label -> "not compared: %s is only in %s".formatted(label, run.directory()))
        .toList();
  }
}
