package dev.lockstep.harness.diagnosis;

import java.util.List;

/// One operation of GPT-2 in double precision, with an account of what single precision may cost.
interface Operation {

  /// The activations it reads; none for the embedding, which reads the tokens.
  List<String> inputs();

  /// Rows of its result.
  ///
  /// @param positions whose rows, ascending
  /// @return a row for each of them
  Estimate[] evaluate(int[] positions, Inputs inputs);
}
