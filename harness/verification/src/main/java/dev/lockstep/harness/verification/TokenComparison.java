package dev.lockstep.harness.verification;

import java.util.OptionalInt;

/// Where two token sequences part.
final class TokenComparison {
  private TokenComparison() {}

  /// The first index at which the sequences differ; where one is a prefix of the other, the shorter
  /// one's length. Empty if they are equal.
  public static OptionalInt firstDifference(int[] expected, int[] actual) {
    int index = java.util.Arrays.mismatch(expected, actual);
    return index < 0 ? OptionalInt.empty() : OptionalInt.of(index);
  }
}
