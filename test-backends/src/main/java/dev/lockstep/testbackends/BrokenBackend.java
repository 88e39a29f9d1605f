package dev.lockstep.testbackends;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import dev.lockstep.backend.kvcache.KvCache;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.backend.naive.f32.Layers;
import java.util.Optional;

/// Stage 2 with one planted bug.
public abstract class BrokenBackend implements Backend {
  private final String id;
  private final String description;
  private final String blame;

  /// @param blame the activation in which the bug shows first, empty if no single operation is to
  ///     blame
  protected BrokenBackend(String id, String description, String blame) {
    this.id = id;
    this.description = description;
    this.blame = blame;
  }

  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public final String id() {
    return id;
  }

  @Override
  public final String description() {
    return "planted bug: " + description;
  }

  /// The activation that is the first to be wrong, where one operation is to blame.
  public final Optional<String> blame() {
    return blame.isEmpty() ? Optional.empty() : Optional.of(blame);
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    return new KvCacheModel(layers(weights)) {
      @Override
      public InferenceSession newSession() {
        return session(super.newSession());
      }

      @Override
      protected KvCache newCache() {
        return BrokenBackend.this.newCache(config());
      }
    };
  }

  /// The operations, one of them wrong.
  protected Layers layers(Gpt2Weights weights) {
    return new Layers(weights);
  }

  /// A session, which goes wrong.
  ///
  /// @param right a session of stage 2
  protected InferenceSession session(InferenceSession right) {
    return right;
  }

  /// The cache of a new session, which goes wrong.
  protected KvCache newCache(Gpt2Config config) {
    return new KvCache(config.nLayer(), config.nPositions());
  }
}
