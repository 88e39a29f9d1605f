package dev.lockstep.gpu.decoder;

/// Which logits a pass is asked for.
enum RequestedLogits {
  NONE,
  /// Those of the last row, and which of them is the greatest.
  LAST,
  /// Those of every row.
  ALL
}
