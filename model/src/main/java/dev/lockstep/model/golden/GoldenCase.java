package dev.lockstep.model.golden;

import java.util.Optional;

/// One prompt and the reference's answers. The arrays are shared: to be read only.
///
/// @param id unique within its file
/// @param text the prompt as text, where the file gives it
/// @param promptIds at least one token
/// @param greedyIds the tokens that follow greedily; may be none
/// @param greedyMargins for each of them, the best logit minus the second best
/// @param lastLogits `[V]`, the logits after the last token of the prompt, in float64
@SuppressWarnings("ArrayRecordComponent") // Compared element by element, never as records.
public record GoldenCase(
    String id,
    Optional<String> text,
    int[] promptIds,
    int[] greedyIds,
    double[] greedyMargins,
    double[] lastLogits) {}
