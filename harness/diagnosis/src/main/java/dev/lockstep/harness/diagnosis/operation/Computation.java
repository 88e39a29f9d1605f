package dev.lockstep.harness.diagnosis.operation;

/// Computes rows of an activation in double precision, each with its error budget. It is one of
/// GPT-2's own operations ([Operation]) or a mistaken one.
@FunctionalInterface
public interface Computation {

  /// Rows of the result.
  ///
  /// @param positions whose rows, ascending
  /// @return a row for each of them
  Estimate[] evaluate(int[] positions, Inputs inputs);
}
