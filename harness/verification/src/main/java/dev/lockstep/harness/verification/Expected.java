package dev.lockstep.harness.verification;

/// What a reference says the new tokens are.
///
/// @param tokenIds the new tokens
/// @param margins before each token, the best logit minus the second best
/// @param source `golden` or the reference backend's label
public record Expected(int[] tokenIds, double[] margins, String source) {

  /// The first `count` tokens.
  public Expected first(int count) {
    return new Expected(
        java.util.Arrays.copyOf(tokenIds, count), java.util.Arrays.copyOf(margins, count), source);
  }

  /// The least margin of all tokens; infinite if there are none.
  public double leastMargin() {
    return java.util.Arrays.stream(margins).min().orElse(Double.POSITIVE_INFINITY);
  }
}
