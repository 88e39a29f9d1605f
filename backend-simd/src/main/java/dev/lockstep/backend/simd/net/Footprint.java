package dev.lockstep.backend.simd.net;

import dev.lockstep.api.Gpt2Config;

/// What a model and one session of it hold, in bytes. Links no incubator type.
public final class Footprint {
  private Footprint() {}

  /// Packed weights, activations, one session's cache and logits.
  public static long bytes(Gpt2Config config, int threads) {
    return Gpt2Loader.weightBytes(config)
        + Workspace.bytes(config, threads)
        + KvCache.bytes(config)
        + 2L * Float.BYTES * config.vocabSize();
  }
}
