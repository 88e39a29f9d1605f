package dev.lockstep.harness.diagnosis.operation;

import java.util.List;

/// One operation of GPT-2 in double precision, with an account of what single precision may cost.
public sealed interface Operation extends Computation
    permits AttentionOperation,
        EmbeddingOperation,
        GeluOperation,
        LayerNormOperation,
        LinearOperation,
        ResidualOperation {

  /// The activations it reads; none for the embedding, which reads the tokens.
  List<String> inputs();
}
