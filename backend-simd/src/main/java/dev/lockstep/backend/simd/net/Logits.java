package dev.lockstep.backend.simd.net;

/// Which rows of a pass go through the output embedding.
public enum Logits {
  NONE,
  LAST,
  ALL
}
