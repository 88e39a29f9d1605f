package dev.lockstep.harness.measurement.results;

import dev.lockstep.harness.diagnosis.Deviation;
import dev.lockstep.harness.diagnosis.Explanation;
import dev.lockstep.harness.diagnosis.Finding;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.verification.LogitsComparison;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.RowComparison;
import dev.lockstep.harness.verification.StepResult;
import dev.lockstep.harness.verification.Verdict;
import dev.lockstep.harness.verification.VerificationStep;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `verification.csv`: a row for each thing that was compared with a reference, or with itself.
/// Which columns a row fills depends on its step.
public final class VerificationCsv {
  public static final String FILE_NAME = "verification.csv";

  public static final List<String> HEADER =
      List.of(
          "backend",
          "options",
          "prompt_id",
          "variation",
          "step",
          "check",
          "verdict",
          "reference",
          "prompt_tokens",
          "new_tokens",
          "comparisons",
          "match",
          "agreement",
          "least_margin",
          "first_difference",
          "expected_id",
          "actual_id",
          "reference_margin",
          "near_tie_bound",
          "positions",
          "max_abs_difference",
          "bound",
          "relative_l2",
          "kl_mean",
          "kl_max",
          "same_top1",
          "non_finite",
          "operation",
          "position",
          "channel",
          "got",
          "expected",
          "budget",
          "times_budget",
          "hint",
          "reason");

  private final Map<String, String> cells = new HashMap<>();

  private VerificationCsv(Subject subject, VerificationStep step, Outcome verdict, String reason) {
    cells.put("backend", subject.backend());
    cells.put("options", subject.options());
    cells.put("prompt_id", subject.promptId());
    cells.put("variation", subject.variation());
    cells.put("step", step.label());
    cells.put("verdict", verdict.label());
    cells.put("reference", subject.reference());
    cells.put("prompt_tokens", Numbers.text(subject.promptTokens()));
    cells.put("new_tokens", Numbers.text(subject.newTokens()));
    cells.put("reason", reason);
  }

  private List<String> row() {
    List<String> row = new ArrayList<>();
    for (String column : HEADER) {
      row.add(cells.getOrDefault(column, ""));
    }
    return row;
  }

  /// What was compared.
  ///
  /// @param reference `golden`, the reference backend, or what else it was held against
  public record Subject(
      String backend,
      String options,
      String promptId,
      String variation,
      String reference,
      int promptTokens,
      int newTokens) {}

  /// What the tokens were like.
  ///
  /// @param comparisons how often the case was generated and compared
  /// @param match the worst class of all comparisons
  /// @param agreement share of tokens that were equal
  /// @param leastMargin the reference's least margin over all tokens
  /// @param difference the first difference of the worst comparison
  public record Tokens(
      int comparisons,
      String match,
      double agreement,
      double leastMargin,
      Verdict.@Nullable Difference difference) {}

  /// A row about tokens; null if the backend gave none.
  public static List<String> tokens(
      Subject subject, Outcome verdict, @Nullable Tokens tokens, String reason) {
    VerificationCsv csv = new VerificationCsv(subject, VerificationStep.TOKENS, verdict, reason);
    if (tokens != null) {
      csv.addTokens(tokens);
    }
    return csv.row();
  }

  private void addTokens(Tokens tokens) {
    cells.put("comparisons", Numbers.text(tokens.comparisons()));
    cells.put("match", tokens.match());
    cells.put("agreement", Numbers.text(tokens.agreement()));
    cells.put("least_margin", Numbers.text(tokens.leastMargin()));
    Verdict.Difference difference = tokens.difference();
    if (difference != null) {
      cells.put("first_difference", Numbers.text(difference.index()));
      cells.put("expected_id", Numbers.text(difference.expectedId()));
      cells.put("actual_id", Numbers.text(difference.actualId()));
      cells.put("reference_margin", Numbers.text(difference.referenceMargin()));
      cells.put("near_tie_bound", Numbers.text(difference.nearTieBound()));
    }
  }

  /// A row about logits; null if the backend gave none.
  ///
  /// @param bound what max |Δ| must not exceed
  public static List<String> logits(
      Subject subject,
      Outcome verdict,
      @Nullable LogitsComparison logits,
      double bound,
      String reason) {
    VerificationCsv csv = new VerificationCsv(subject, VerificationStep.LOGITS, verdict, reason);
    if (logits != null) {
      csv.cells.put("positions", Numbers.text(logits.positions()));
      csv.cells.put("max_abs_difference", Numbers.text(logits.maxAbsDifference()));
      csv.cells.put("relative_l2", Numbers.text(logits.relativeL2()));
      csv.cells.put("kl_mean", Numbers.text(logits.meanDivergence()));
      csv.cells.put("kl_max", Numbers.text(logits.maxDivergence()));
      csv.cells.put("same_top1", Numbers.text(logits.sameBestShare()));
      csv.cells.put("least_margin", Numbers.text(logits.leastMargin()));
      csv.cells.put("non_finite", Numbers.text(logits.nonFinite()));
    }
    csv.cells.put("bound", Numbers.text(bound));
    return csv.row();
  }

  /// A row for what one step of `verify` found.
  public static List<String> of(String backend, String options, StepResult result) {
    Subject subject =
        new Subject(
            backend,
            options,
            result.verifyCase().id(),
            "plain",
            result.reference(),
            result.verifyCase().promptIds().length,
            result.verifyCase().newTokens());
    return switch (result) {
      case StepResult.OfTokens tokens ->
          tokens(subject, tokens.outcome(), figures(tokens), tokens.reason());
      case StepResult.OfLogits logits ->
          logits(subject, logits.outcome(), logits.logits(), logits.bound(), logits.reason());
      case StepResult.OfCheck check -> check(subject, check);
      case StepResult.OfExplain explain -> explain(subject, explain);
    };
  }

  private static @Nullable Tokens figures(StepResult.OfTokens result) {
    Verdict verdict = result.verdict();
    Double agreement = result.agreement();
    return verdict == null || agreement == null
        ? null
        : new Tokens(
            1,
            result.outcome() == Outcome.APPROXIMATE ? Sample.APPROXIMATE : verdict.match().name(),
            agreement,
            result.expected().leastMargin(),
            verdict.difference());
  }

  private static List<String> check(Subject subject, StepResult.OfCheck result) {
    VerificationCsv csv =
        new VerificationCsv(subject, result.step(), result.outcome(), result.reason());
    csv.cells.put("check", result.check());
    RowComparison comparison = result.comparison();
    if (comparison != null) {
      csv.cells.put("positions", Numbers.text(comparison.rows()));
      csv.cells.put("max_abs_difference", Numbers.text(comparison.maxAbsDifference()));
      csv.cells.put("bound", Numbers.text(comparison.bound()));
      csv.cells.put("non_finite", Numbers.text(comparison.nonFinite()));
    }
    return csv.row();
  }

  private static List<String> explain(Subject subject, StepResult.OfExplain result) {
    VerificationCsv csv =
        new VerificationCsv(subject, result.step(), result.outcome(), result.reason());
    csv.cells.put("check", result.check());
    Explanation explanation = result.explanation();
    if (explanation != null) {
      explanation
          .finding()
          .ifPresentOrElse(csv::addFinding, () -> explanation.worst().ifPresent(csv::addWorst));
    }
    return csv.row();
  }

  private void addFinding(Finding finding) {
    cells.put("operation", finding.operation());
    cells.put("position", Numbers.text(finding.position()));
    addDeviation(finding.deviation());
    cells.put("hint", finding.hint().orElse(""));
  }

  private void addWorst(Explanation.OperationReport worst) {
    cells.put("operation", worst.name());
    cells.put("position", Numbers.text(worst.position()));
    addDeviation(worst.worst());
  }

  private void addDeviation(Deviation deviation) {
    cells.put("channel", Numbers.text(deviation.channel()));
    cells.put("got", exact(deviation.got()));
    cells.put("expected", exact(deviation.expected()));
    cells.put("budget", Numbers.text(deviation.budget()));
    cells.put("times_budget", Numbers.text(deviation.ratio()));
  }

  /// As many digits as single precision has: here the last ones are the point.
  private static String exact(double value) {
    return Double.isFinite(value)
        ? new java.math.BigDecimal(value).round(new java.math.MathContext(9)).toString()
        : Double.toString(value);
  }
}
