package dev.lockstep.api;

/// As [LogitsConsumer], in double precision.
@FunctionalInterface
public interface LogitsConsumerF64 {

  /// @param position the position of the token that the logits follow
  /// @param logits `[vocabSize]`, valid during the call only, to be read only
  void accept(int position, double[] logits);
}
