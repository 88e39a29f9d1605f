package dev.lockstep.harness.worker.engine;

/// What an engine says it computes with. Nobody checks the words; the tokens are checked.
///
/// @param weights the precision in which the weights are held: `f32`, `bf16`, `q8_0`
/// @param cache that of the cached keys and values
/// @param arithmetic that in which it adds up
/// @param approximate whether it means to compute something else than GPT-2 in single precision:
///     then other tokens are no fault, and its speed stands apart
public record Claims(String weights, String cache, String arithmetic, boolean approximate) {
  /// What is claimed where nothing is said.
  static final String UNSAID = "f32";

  /// As the execution path has it.
  public String describe() {
    return "weights %s, cache %s, arithmetic %s%s"
        .formatted(weights, cache, arithmetic, approximate ? ", approximate" : "");
  }
}
