package dev.lockstep.harness.verification;

/// How a backend's tokens compare with the reference's.
public enum MatchClass {
  /// The same tokens.
  IDENTICAL,
  /// The same tokens, of an engine that shows no logits: how near it was to others is not known.
  TOKENS_EQUAL,
  /// The backend declares itself approximate: its tokens are compared, and nothing is claimed.
  APPROXIMATE,
  /// They differ first where the reference itself is nearly undecided, and the backend took the
  /// other near-best token.
  NEAR_TIE,
  /// They differ.
  DIVERGED;

  /// What it is called for a backend.
  ///
  /// @param approximate whether the backend declares itself so
  /// @param showsLogits whether it does
  public MatchClass called(boolean approximate, boolean showsLogits) {
    if (approximate) {
      return APPROXIMATE;
    }
    return this == IDENTICAL && !showsLogits ? TOKENS_EQUAL : this;
  }

  /// The worse of two.
  public MatchClass worse(MatchClass other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
