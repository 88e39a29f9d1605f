package dev.lockstep.harness.measurement.prompt;

import org.jspecify.annotations.Nullable;

/// A prompt of a run.
///
/// @param id names it in every file
/// @param text what it says, or null if it was given as ids
/// @param ids its token ids, those of the depth before the others
/// @param depth how many of the ids are in the cache, untimed, before the prompt itself begins
/// @param newTokens how many tokens are generated after it; null for as many as the plan says
public record Prompt(
    String id, @Nullable String text, int[] ids, int depth, @Nullable Integer newTokens) {
  /// Without a depth, and with as many new tokens as the plan says.
  public Prompt(String id, @Nullable String text, int[] ids) {
    this(id, text, ids, 0, null);
  }
}
