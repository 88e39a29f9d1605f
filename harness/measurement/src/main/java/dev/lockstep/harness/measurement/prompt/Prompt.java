package dev.lockstep.harness.measurement.prompt;

import org.jspecify.annotations.Nullable;

/// A prompt of a run.
///
/// @param id names it in every file
/// @param text what it says, or null if it was given as ids
/// @param ids its token ids, at least one
public record Prompt(String id, @Nullable String text, int[] ids) {}
