package dev.lockstep.harness.verification;

import dev.lockstep.harness.diagnosis.explain.Explanation;
import dev.lockstep.harness.diagnosis.operation.Deviation;
import org.jspecify.annotations.Nullable;

/// One thing that was compared with a reference, or with itself, and what came of it: a row of
/// `verification.csv`. Null is "not measured"; which figures there are depends on the step.
///
/// @param check which part of the step; empty where it has no parts
/// @param bound what max |Δ| must not exceed
/// @param reason what went wrong, in one line; empty if nothing did
public record Verification(
    Subject subject,
    VerificationStep step,
    String check,
    Outcome outcome,
    @Nullable Tokens tokens,
    @Nullable Logits logits,
    @Nullable Double bound,
    @Nullable Operation operation,
    String reason) {

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
      MatchClass match,
      double agreement,
      double leastMargin,
      Verdict.@Nullable Difference difference) {}

  /// What the logits were like, over all positions.
  ///
  /// @param divergence null where only the differences were looked at
  public record Logits(
      long positions, double maxAbsDifference, long nonFinite, @Nullable Divergence divergence) {

    static @Nullable Logits of(@Nullable LogitsComparison comparison) {
      return comparison == null
          ? null
          : new Logits(
              comparison.positions(),
              comparison.maxAbsDifference(),
              comparison.nonFinite(),
              new Divergence(
                  comparison.relativeL2(),
                  comparison.meanDivergence(),
                  comparison.maxDivergence(),
                  comparison.sameBestShare(),
                  comparison.leastMargin()));
    }
  }

  /// How far the distributions of the next token are apart.
  ///
  /// @param mean Kullback-Leibler divergence, nats per position
  /// @param max its maximum
  /// @param sameBest share of positions with the same best token
  /// @param leastMargin the reference's least margin over all positions
  public record Divergence(
      double relativeL2, double mean, double max, double sameBest, double leastMargin) {}

  /// The operation that is to blame, or the one with the greatest error if none is.
  ///
  /// @param hint what may be wrong with it; empty if nothing is known
  public record Operation(String name, int position, Deviation deviation, String hint) {
    private static @Nullable Operation of(@Nullable Explanation explanation) {
      if (explanation == null) {
        return null;
      }
      return explanation
          .finding()
          .map(
              finding ->
                  new Operation(
                      finding.operation(),
                      finding.position(),
                      finding.deviation(),
                      finding.hint().orElse("")))
          .or(
              () ->
                  explanation
                      .worst()
                      .map(
                          worst ->
                              new Operation(worst.name(), worst.position(), worst.worst(), "")))
          .orElse(null);
    }
  }

  /// What an earlier run found about the same backend, which may have had another name there.
  public Verification foundEarlier(String backend, String options) {
    Subject renamed =
        new Subject(
            backend,
            options,
            subject.promptId,
            subject.variation,
            subject.reference,
            subject.promptTokens,
            subject.newTokens);
    return new Verification(
        renamed, step, "earlier", outcome, tokens, logits, bound, operation, reason);
  }

  /// What was found about tokens; null if the backend gave none.
  public static Verification tokens(
      Subject subject, Outcome outcome, @Nullable Tokens tokens, String reason) {
    return new Verification(
        subject, VerificationStep.TOKENS, "", outcome, tokens, null, null, null, reason);
  }

  /// What was found about logits; null if the backend gave none.
  public static Verification logits(
      Subject subject,
      Outcome outcome,
      @Nullable LogitsComparison logits,
      double bound,
      String reason) {
    return new Verification(
        subject,
        VerificationStep.LOGITS,
        "",
        outcome,
        null,
        Logits.of(logits),
        bound,
        null,
        reason);
  }

  /// What a check of self-consistency found.
  public static Verification consistency(
      Subject subject, ConsistencyCheck check, Outcome outcome, RowComparison rows, String reason) {
    return new Verification(
        subject,
        VerificationStep.SELF_CONSISTENCY,
        check.label(),
        outcome,
        null,
        new Logits(rows.rows(), rows.maxAbsDifference(), rows.nonFinite(), null),
        rows.bound(),
        null,
        reason);
  }

  /// What was found about operations; null if none could be watched.
  ///
  /// @param path the calls that were watched
  public static Verification operations(
      Subject subject,
      String path,
      Outcome outcome,
      @Nullable Explanation explanation,
      String reason) {
    return new Verification(
        subject,
        VerificationStep.EXPLAIN,
        path,
        outcome,
        null,
        null,
        null,
        Operation.of(explanation),
        reason);
  }

  /// What the laws about weak points found together.
  ///
  /// @param laws how many were tried, in words
  public static Verification weakPoints(
      Subject subject, String laws, Outcome outcome, String reason) {
    return new Verification(
        subject, VerificationStep.WEAK_POINTS, laws, outcome, null, null, null, null, reason);
  }

  /// What one step of `verify` found.
  public static Verification of(String backend, String options, StepResult result) {
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
      case StepResult.OfLaw law ->
          new Verification(
              subject, law.step(), law.law(), law.outcome(), null, null, null, null, law.reason());
      case StepResult.OfExplain explain ->
          operations(
              subject, explain.check(), explain.outcome(), explain.explanation(), explain.reason());
    };
  }

  private static @Nullable Tokens figures(StepResult.OfTokens result) {
    Verdict verdict = result.verdict();
    Double agreement = result.agreement();
    return verdict == null || agreement == null
        ? null
        : new Tokens(
            1,
            result.outcome() == Outcome.APPROXIMATE ? MatchClass.APPROXIMATE : verdict.match(),
            agreement,
            result.expected().leastMargin(),
            verdict.difference());
  }

  private static Verification check(Subject subject, StepResult.OfCheck result) {
    RowComparison rows = result.comparison();
    return new Verification(
        subject,
        result.step(),
        result.check(),
        result.outcome(),
        null,
        rows == null
            ? null
            : new Logits(rows.rows(), rows.maxAbsDifference(), rows.nonFinite(), null),
        rows == null ? null : (Double) rows.bound(),
        null,
        result.reason());
  }
}
