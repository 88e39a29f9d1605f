package dev.lockstep.harness.cli;

import dev.lockstep.harness.diagnosis.explain.Explanation;
import dev.lockstep.harness.diagnosis.explain.Finding;
import dev.lockstep.harness.verification.ConsistencyCheck;
import dev.lockstep.harness.verification.Expected;
import dev.lockstep.harness.verification.LogitsComparison;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.RowComparison;
import dev.lockstep.harness.verification.StepResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/// How `verify` shows its steps: a line for each with its verdict and figures over all prompts, and
/// a line for each prompt that did not pass.
final class VerifyReport {
  private static final int MAX_LINES = 8;

  private VerifyReport() {}

  private static Outcome worst(List<? extends StepResult> results) {
    return results.stream().map(StepResult::outcome).reduce(Outcome.PASS, Outcome::worse);
  }

  private static String head(String step, Outcome outcome, String figures) {
    return "  %-30s %-11s %s\n".formatted(step, outcome.name(), figures).stripTrailing() + "\n";
  }

  /// A line for each prompt that failed or has something to say.
  private static String details(List<? extends StepResult> results) {
    List<? extends StepResult> told =
        results.stream().filter(result -> !result.reason().isEmpty()).toList();
    StringBuilder lines = new StringBuilder();
    for (StepResult result : told.subList(0, Math.min(MAX_LINES, told.size()))) {
      lines.append("      %s: %s\n".formatted(result.verifyCase().id(), result.reason()));
    }
    if (told.size() > MAX_LINES) {
      lines.append(
          String.format(
              Locale.ROOT, "      and %d more, see verification.csv\n", told.size() - MAX_LINES));
    }
    return lines.toString();
  }

  /// Step 1.
  static String tokens(String title, List<StepResult.OfTokens> results) {
    List<String> figures = new ArrayList<>();
    if (worst(results) == Outcome.APPROXIMATE) {
      double agreement =
          results.stream()
              .map(StepResult.OfTokens::agreement)
              .filter(Objects::nonNull)
              .mapToDouble(Double::doubleValue)
              .average()
              .orElse(0);
      figures.add(format("%.1f %% of the tokens agree", 100 * agreement));
    } else {
      for (MatchClass match : MatchClass.values()) {
        long count =
            results.stream()
                .map(StepResult.OfTokens::verdict)
                .filter(verdict -> verdict != null && verdict.match() == match)
                .count();
        if (count > 0 || match == MatchClass.IDENTICAL) {
          figures.add(String.format(Locale.ROOT, "%d of %d %s", count, results.size(), match));
        }
      }
    }
    double margin =
        results.stream()
            .map(StepResult.OfTokens::expected)
            .mapToDouble(Expected::leastMargin)
            .min()
            .orElse(Double.POSITIVE_INFINITY);
    figures.add(format("the reference's smallest margin %.3g", margin));
    return head(title, worst(results), String.join(", ", figures)) + details(results);
  }

  /// Step 2.
  static String logits(String title, List<StepResult.OfLogits> results) {
    List<StepResult.OfLogits> compared =
        results.stream().filter(result -> result.logits() != null).toList();
    if (compared.isEmpty()) {
      return head(title, worst(results), "") + details(results);
    }
    long positions =
        compared.stream().mapToLong(r -> Objects.requireNonNull(r.logits()).positions()).sum();
    double meanDivergence = sum(compared, l -> l.meanDivergence() * l.positions()) / positions;
    double sameBest = sum(compared, l -> l.sameBestShare() * l.positions()) / positions;
    double ofBound =
        compared.stream()
            .mapToDouble(r -> Objects.requireNonNull(r.logits()).maxAbsDifference() / r.bound())
            .max()
            .orElse(0);
    String figures =
        format(
            "%d positions: max |d| %.2e (%s the bound), relative L2 %.2e, KL mean %.1e, max %.1e, same top 1 %.4g %%, smallest margin %.3g, %d not finite",
            positions,
            max(compared, LogitsComparison::maxAbsDifference),
            Finding.times(ofBound),
            max(compared, LogitsComparison::relativeL2),
            meanDivergence,
            max(compared, LogitsComparison::maxDivergence),
            100 * sameBest,
            -max(compared, l -> -l.leastMargin()),
            (long) sum(compared, LogitsComparison::nonFinite));
    return head(title, worst(results), figures) + details(results);
  }

  private static double sum(
      List<StepResult.OfLogits> results, ToDoubleFunction<LogitsComparison> figure) {
    return results.stream()
        .mapToDouble(r -> figure.applyAsDouble(Objects.requireNonNull(r.logits())))
        .sum();
  }

  private static double max(
      List<StepResult.OfLogits> results, ToDoubleFunction<LogitsComparison> figure) {
    return results.stream()
        .mapToDouble(r -> figure.applyAsDouble(Objects.requireNonNull(r.logits())))
        .max()
        .orElse(0);
  }

  /// Step 3.
  static String selfConsistency(List<StepResult.OfCheck> results) {
    StringBuilder lines = new StringBuilder();
    lines.append(head("3 self-consistency", worst(results), ""));
    for (ConsistencyCheck check : ConsistencyCheck.values()) {
      List<StepResult.OfCheck> own = results.stream().filter(r -> r.kind() == check).toList();
      if (!own.isEmpty()) {
        lines.append(
            "    %-28s %-11s %s"
                    .formatted(check.description(), worst(own).name(), figures(own))
                    .stripTrailing()
                + "\n");
        lines.append(details(own));
      }
    }
    return lines.toString();
  }

  /// Beyond the model.
  static String weakPoints(List<StepResult.OfLaw> results) {
    long kept = results.stream().filter(result -> result.outcome() == Outcome.PASS).count();
    String figures =
        String.format(
            Locale.ROOT, "%d of %d laws hold on models made for them", kept, results.size());
    if (worst(results) == Outcome.NOT_SHOWN) {
      return head("beyond: weak points", Outcome.NOT_SHOWN, results.getFirst().reason());
    }
    String replay = kept == results.size() ? "" : "      lockstep tck repeats it\n";
    return head("beyond: weak points", worst(results), figures) + details(results) + replay;
  }

  private static String figures(List<StepResult.OfCheck> results) {
    List<RowComparison> compared =
        results.stream().map(StepResult.OfCheck::comparison).filter(Objects::nonNull).toList();
    int rows = compared.stream().mapToInt(RowComparison::rows).sum();
    double difference =
        compared.stream().mapToDouble(RowComparison::maxAbsDifference).max().orElse(0);
    if (!compared.stream().allMatch(RowComparison::isBitIdentical)) {
      return format("%d rows, max |d| %.2e", rows, difference);
    }
    // Where it is not the rows that are wrong, the line below says what is.
    return worst(results) == Outcome.PASS
        ? String.format(Locale.ROOT, "%d rows, the same bits", rows)
        : "";
  }

  /// Step 4.
  static String explain(List<StepResult.OfExplain> results) {
    StepResult.OfExplain last = results.getLast();
    Explanation explanation = last.explanation();
    if (explanation == null) {
      return head("4 explain", last.outcome(), "") + details(results);
    }
    String where = "%s of %s".formatted(last.path(), last.verifyCase().id());
    return explanation
            .finding()
            .map(finding -> found(finding, explanation, last, where))
            .orElseGet(() -> nothingFound(results))
        + details(results);
  }

  private static String nothingFound(List<StepResult.OfExplain> results) {
    long rows = 0;
    Explanation.OperationReport closest = null;
    for (StepResult.OfExplain result : results) {
      Explanation explanation = result.explanation();
      if (explanation != null) {
        for (Explanation.OperationReport report : explanation.operations()) {
          rows += report.rows();
          if (closest == null || report.worst().ratio() > closest.worst().ratio()) {
            closest = report;
          }
        }
      }
    }
    String figures = String.format(Locale.ROOT, "%d rows within their budgets", rows);
    if (closest != null) {
      figures +=
          ", the closest %s at %s its budget"
              .formatted(closest.name(), Finding.times(closest.worst().ratio()));
    }
    return head("4 explain", worst(results), figures);
  }

  private static String found(
      Finding finding, Explanation explanation, StepResult.OfExplain result, String where) {
    StringBuilder lines =
        new StringBuilder(head("4 explain", result.outcome(), finding.describe()));
    lines.append(
        String.format(
            Locale.ROOT,
            "      in %s: %d of %d rows are beyond the budget%s\n",
            where,
            finding.rowsBeyond(),
            finding.rowsShown(),
            finding.where().isEmpty() ? "" : ": " + String.join("; ", finding.where())));
    if (!finding.unseen().isEmpty()) {
      lines.append("      to blame: " + finding.blamed() + "\n");
    }
    lines.append(
        "      hint: %s\n".formatted(finding.hint().orElseGet(() -> unrecognised(finding))));
    String others =
        explanation.beyond().stream()
            .map(Explanation.OperationReport::name)
            .filter(name -> !name.equals(finding.operation()))
            .limit(MAX_LINES)
            .collect(Collectors.joining(", "));
    if (!others.isEmpty()) {
      lines.append("      also beyond their budgets: " + others + "\n");
    }
    return lines.toString();
  }

  /// Then the inputs are what there is to go by.
  private static String unrecognised(Finding finding) {
    String inputs =
        finding.rowsBeyond() == finding.rowsShown()
            ? "every row is wrong, whatever its token, its position, the length of its call and the size of its numbers"
            : finding.where().isEmpty()
                ? "no token, position, length of a call or size of the numbers tells the wrong rows from the right ones"
                : "what the wrong rows have in common is above";
    return "none of the usual mistakes fits; " + inputs;
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
