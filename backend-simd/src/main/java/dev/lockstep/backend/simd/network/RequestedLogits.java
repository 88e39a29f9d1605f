package dev.lockstep.backend.simd.network;

/// Which rows of a pass go through the output embedding, and what is wanted of them.
enum RequestedLogits {
  /// Nothing: the prompt is not over.
  NONE,
  /// The logits of the last row.
  LAST,
  /// The logits of every row.
  ALL,
  /// The id of the last row's greatest logit.
  GREATEST_OF_LAST
}
