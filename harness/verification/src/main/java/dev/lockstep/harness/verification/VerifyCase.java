package dev.lockstep.harness.verification;

import dev.lockstep.model.golden.GoldenCase;
import org.jspecify.annotations.Nullable;

/// One prompt to verify on.
///
/// @param newTokens how many tokens are generated; 0 only with a golden case that has none
/// @param golden what an outside authority says about it, or null if the reference backend is asked
public record VerifyCase(String id, int[] promptIds, int newTokens, @Nullable GoldenCase golden) {

  /// A case of a golden file.
  public static VerifyCase of(GoldenCase known) {
    return new VerifyCase(known.id(), known.promptIds(), known.greedyIds().length, known);
  }
}
