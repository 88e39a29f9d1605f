package dev.lockstep.harness.verification;

/// A prompt after which the best token is only just the best: the margin is 2 to 10 times what
/// rounding can explain. A right backend must choose it; one that chooses by less than fp32's
/// numbers, or by another rule than the greatest logit, soon shows.
///
/// @param ids the prompt
/// @param token the best token after it
/// @param margin by how much its logit is above the second best, in double precision
/// @param bound by how much rounding can move a logit there
public record SharpPrompt(int[] ids, int token, double margin, double bound) {
  private static final double MIN_SHARPNESS = 2;
  private static final double MAX_SHARPNESS = 10;

  /// Whether the margin is sharp: below 2 bounds, two right logits could change places.
  boolean isSharp() {
    return margin >= MIN_SHARPNESS * bound && margin <= MAX_SHARPNESS * bound;
  }
}
