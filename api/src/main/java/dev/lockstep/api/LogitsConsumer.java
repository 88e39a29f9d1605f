package dev.lockstep.api;

/// Receives the logits after each token of a teacher-forced pass.
@FunctionalInterface
public interface LogitsConsumer {

  /// @param position the position of the token that the logits follow
  /// @param logits `[vocabSize]`, valid during the call only, to be read only
  void accept(int position, float[] logits);
}
