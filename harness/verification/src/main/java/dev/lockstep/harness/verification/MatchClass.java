package dev.lockstep.harness.verification;

/// How a backend's tokens compare with the reference's.
public enum MatchClass {
  /// The same tokens.
  IDENTICAL,
  /// The backend declares itself approximate: its tokens are compared, and nothing is claimed.
  APPROXIMATE,
  /// They differ first where the reference itself is nearly undecided, and the backend took the
  /// other near-best token.
  NEAR_TIE,
  /// They differ.
  DIVERGED;

  /// The worse of two.
  public MatchClass worse(MatchClass other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
