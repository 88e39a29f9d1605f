package dev.lockstep.harness.verification;

import java.util.Locale;

/// What `verify` does, in order.
public enum VerificationStep {
  /// Greedy tokens against the reference's.
  TOKENS,
  /// Logits on the reference's tokens, at every position.
  LOGITS,
  /// The backend against itself.
  SELF_CONSISTENCY,
  /// Models that were made for what the checked model never puts to the test.
  WEAK_POINTS,
  /// Every operation against its error budget.
  EXPLAIN;

  /// As the `step` column has it.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
