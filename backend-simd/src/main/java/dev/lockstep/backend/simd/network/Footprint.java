package dev.lockstep.backend.simd.network;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.backend.simd.head.QuantisedRows;

/// What a model and one session of it hold, in bytes. Links no incubator type.
public final class Footprint {
  private Footprint() {}

  /// Packed weights, the 8-bit head if there is one, activations, one session's cache and logits.
  public static long bytes(Gpt2Config config, int threads, boolean certifiedHead) {
    long quantised = certifiedHead ? QuantisedRows.bytes(config.vocabSize(), config.nEmbd()) : 0;
    return quantised
        + Gpt2Loader.weightBytes(config)
        + Workspace.bytes(config, threads)
        + KvCache.bytes(config)
        + 2L * Float.BYTES * config.vocabSize();
  }
}
