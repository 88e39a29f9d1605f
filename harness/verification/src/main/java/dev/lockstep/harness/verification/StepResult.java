package dev.lockstep.harness.verification;

import dev.lockstep.harness.diagnosis.explain.Explanation;
import org.jspecify.annotations.Nullable;

/// What one step found on one prompt.
public sealed interface StepResult {

  VerificationStep step();

  /// Which part of the step; empty where it has no parts.
  default String check() {
    return "";
  }

  VerifyCase verifyCase();

  /// What it was held against.
  String reference();

  Outcome outcome();

  /// What went wrong, in one line; empty if nothing did.
  String reason();

  /// @param expected what the reference says, or null if the reference is a golden file that holds
  ///     no tokens for this case
  /// @param verdict null if the backend failed before its tokens were known
  /// @param agreement share of tokens that equal the reference's, or null if none were compared
  record OfTokens(
      VerifyCase verifyCase,
      Outcome outcome,
      Expected expected,
      @Nullable Verdict verdict,
      @Nullable Double agreement,
      String reason)
      implements StepResult {
    @Override
    public VerificationStep step() {
      return VerificationStep.TOKENS;
    }

    @Override
    public String reference() {
      return expected.source();
    }
  }

  /// @param logits null if the backend failed
  /// @param bound what max |Δ| must not exceed
  record OfLogits(
      VerifyCase verifyCase,
      String reference,
      Outcome outcome,
      @Nullable LogitsComparison logits,
      double bound,
      String reason)
      implements StepResult {
    @Override
    public VerificationStep step() {
      return VerificationStep.LOGITS;
    }
  }

  /// @param comparison null if the backend failed
  record OfCheck(
      VerifyCase verifyCase,
      ConsistencyCheck kind,
      Outcome outcome,
      @Nullable RowComparison comparison,
      String reason)
      implements StepResult {
    @Override
    public VerificationStep step() {
      return VerificationStep.SELF_CONSISTENCY;
    }

    @Override
    public String check() {
      return kind.label();
    }

    @Override
    public String reference() {
      return "itself";
    }
  }

  /// What became of a law of the contract.
  ///
  /// @param law its name
  record OfLaw(VerifyCase verifyCase, String law, Outcome outcome, String reason)
      implements StepResult {
    @Override
    public VerificationStep step() {
      return VerificationStep.WEAK_POINTS;
    }

    @Override
    public String check() {
      return law;
    }

    @Override
    public String reference() {
      return "the contract";
    }
  }

  /// @param path which calls were observed, for people: `prefill and decode`
  /// @param explanation null if the backend failed
  record OfExplain(
      VerifyCase verifyCase,
      String path,
      int[] tokens,
      Outcome outcome,
      @Nullable Explanation explanation,
      String reason)
      implements StepResult {
    @Override
    public VerificationStep step() {
      return VerificationStep.EXPLAIN;
    }

    @Override
    public String check() {
      return path;
    }

    @Override
    public String reference() {
      return "its own inputs in f64";
    }
  }
}
