package dev.lockstep.backend.kvcache;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import dev.lockstep.backend.naive.f32.Layers;

/// Stage 2. It teaches the KV cache: a position's keys and values never change once computed, so
/// they are kept, and a new token costs one row instead of the whole sequence. Not one operation
/// differs from stage 1, and neither does one bit of the result.
public final class KvCacheBackend implements Backend {

  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public String id() {
    return "kvcache";
  }

  @Override
  public String description() {
    return "the formula plus a KV cache: scalar, one new row per token";
  }

  /// The weights stay where they are. At full context: the cache, about twenty rows of width C for
  /// every position of the prefill, and the logits of one position.
  @Override
  public long privateBytes(Gpt2Config config, OptionValues options) {
    long vectors = 13L * config.nLayer() * config.nEmbd();
    long rows = 20L * config.nPositions() * config.nEmbd();
    return config.nPositions() * config.kvBytesPerPosition()
        + Float.BYTES * (vectors + rows + config.nPositions() + 2L * config.vocabSize());
  }

  /// Everything that it holds is there.
  @Override
  public long heapBytes(Gpt2Config config, OptionValues options) {
    return privateBytes(config, options);
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    return new KvCacheModel(new Layers(weights));
  }
}
