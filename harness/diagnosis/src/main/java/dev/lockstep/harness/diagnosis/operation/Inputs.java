package dev.lockstep.harness.diagnosis.operation;

/// Where an operation finds what it works on.
public interface Inputs {

  /// The token at a position.
  int token(int position);

  /// A row of an activation: as the backend showed it, or evaluated if it did not.
  Estimate row(String name, int position);
}
