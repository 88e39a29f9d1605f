package dev.lockstep.harness.worker;

/// How to choose the next token from logits.
///
/// @param temperature 0 is greedy; otherwise logits are divided by it
/// @param topK only the `topK` best tokens are candidates; 0 is all of them
/// @param topP only the smallest set of best tokens whose probability reaches `topP`; 1 is all
/// @param seed of the random numbers
public record Sampling(double temperature, int topK, double topP, long seed) {

  /// Always the best token.
  public static final Sampling GREEDY = new Sampling(0, 0, 1, 0);
}
