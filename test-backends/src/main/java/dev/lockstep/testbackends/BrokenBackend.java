package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.backend.kvcache.KvCache;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.backend.naive.f32.CausalSelfAttention;
import dev.lockstep.backend.naive.f32.Embedding;
import dev.lockstep.backend.naive.f32.Gelu;
import dev.lockstep.backend.naive.f32.LayerNorm;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.Linear;
import dev.lockstep.backend.naive.f32.LmHead;
import java.util.Optional;

/// Stage 2 with one planted bug.
public abstract class BrokenBackend extends TestBackend {
  private final String blame;

  /// @param blame the activation in which the bug shows first, empty if no single operation is to
  ///     blame
  protected BrokenBackend(String id, String description, String blame) {
    super(id, "planted bug: " + description);
    this.blame = blame;
  }

  /// The activation that is the first to be wrong, where one operation is to blame.
  public final Optional<String> blame() {
    return blame.isEmpty() ? Optional.empty() : Optional.of(blame);
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    return new KvCacheModel(new PlantedLayers(weights)) {
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

  /// The operations of stage 2, but where a bug overrides one.
  private final class PlantedLayers extends Layers {
    private final Layers right;

    PlantedLayers(Gpt2Weights weights) {
      super(weights);
      right = new Layers(weights);
    }

    @Override
    public Embedding embedding() {
      return BrokenBackend.this.embedding(right);
    }

    @Override
    public LayerNorm layerNorm(String name) {
      return BrokenBackend.this.layerNorm(name, right);
    }

    @Override
    public Linear linear(String name) {
      return BrokenBackend.this.linear(name, right);
    }

    @Override
    public CausalSelfAttention attention(int layer) {
      return BrokenBackend.this.attention(layer, right);
    }

    @Override
    public Gelu gelu(int layer) {
      return BrokenBackend.this.gelu(layer, right);
    }

    @Override
    public LmHead lmHead() {
      return BrokenBackend.this.lmHead(right);
    }
  }

  /// The embedding, which may go wrong; as for every operation, `right` makes the ones of stage 2.
  protected Embedding embedding(Layers right) {
    return right.embedding();
  }

  /// A LayerNorm, which may go wrong.
  protected LayerNorm layerNorm(String name, Layers right) {
    return right.layerNorm(name);
  }

  /// A linear layer, which may go wrong.
  protected Linear linear(String name, Layers right) {
    return right.linear(name);
  }

  /// The attention of a block, which may go wrong.
  protected CausalSelfAttention attention(int layer, Layers right) {
    return right.attention(layer);
  }

  /// The GELU of a block, which may go wrong.
  protected Gelu gelu(int layer, Layers right) {
    return right.gelu(layer);
  }

  /// The head, which may go wrong.
  protected LmHead lmHead(Layers right) {
    return right.lmHead();
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
