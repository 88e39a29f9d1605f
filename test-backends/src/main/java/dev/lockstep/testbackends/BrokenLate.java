package dev.lockstep.testbackends;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.Tensor;
import dev.lockstep.backend.kvcache.KvCache;
import dev.lockstep.backend.naive.f32.CausalSelfAttention;
import dev.lockstep.backend.naive.f32.Embedding;
import dev.lockstep.backend.naive.f32.Gelu;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.Linear;
import java.util.Arrays;

/// Bugs that a short prompt does not show: they wait for a position, or for a length of a call.
public final class BrokenLate {
  /// From where on the cache is full, or the window ends.
  private static final int ROWS = 32;

  private BrokenLate() {}

  /// A query sees the last 32 positions only.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "a query sees the last 32 positions only",
      scene = CaughtBy.Scene.WHOLE_CONTEXT,
      laws = "logitsAreTheReferences")
  public static final class Window extends BrokenAttention {
    public Window() {
      super("broken-window", "a query sees the last 32 positions only");
    }

    @Override
    protected CausalSelfAttention broken(Gpt2Config config) {
      return new CausalSelfAttention(config.nHead(), config.headSize()) {
        @Override
        protected void softmax(float[] scores) {
          int hidden = Math.max(0, scores.length - ROWS);
          Arrays.fill(scores, 0, hidden, Float.NEGATIVE_INFINITY);
          super.softmax(scores);
        }
      };
    }
  }

  /// A cache of 32 rows: position 32 is written over position 0.
  @CaughtBy(
      steps = {"logits", "explain"},
      blamed = "h.0.attn.c_proj.in",
      hint = "the cache is a ring of 32 rows",
      scene = CaughtBy.Scene.WHOLE_CONTEXT,
      laws = "logitsAreTheReferences")
  public static final class Ring extends BrokenBackend {
    public Ring() {
      super("broken-cache-ring", "the cache has 32 rows", "");
    }

    @Override
    protected KvCache newCache(Gpt2Config config) {
      return new RingCache(config.nLayer(), config.nPositions());
    }

    private static final class RingCache extends KvCache {
      RingCache(int layers, int positions) {
        super(layers, positions);
      }

      @Override
      public void append(int layer, int firstPosition, float[][] k, float[][] v) {
        super.append(layer, firstPosition, k, v);
        for (int t = 0; t < k.length; t++) {
          for (int same = firstPosition + t - ROWS; same >= 0; same -= ROWS) {
            keys(layer)[same] = k[t];
            values(layer)[same] = v[t];
          }
        }
      }
    }
  }

  /// At the last position of the context no position embedding is added.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "no position embedding is added",
      scene = CaughtBy.Scene.WHOLE_CONTEXT,
      laws = "logitsAreTheReferences")
  public static final class LastRow extends BrokenBackend {
    public LastRow() {
      super("broken-last-wpe", "the last row of wpe is not added", Activations.EMBEDDING);
    }

    @Override
    protected Embedding embedding(Layers right) {
      Gpt2Weights weights = right.weights();
      int kept = (weights.config().nPositions() - 1) * weights.config().nEmbd();
      return new Embedding(weights.wte(), Tensors.zerosFrom(weights.wpe(), kept));
    }
  }

  /// A call of exactly 8 tokens takes a path of its own, which forgets the bias.
  @CaughtBy(
      steps = {"batch", "explain"},
      hint = "the bias is missing",
      laws = {"aBatchOfAnyLengthGivesTheSameLogits", "oneForwardEqualsTokenByToken"})
  public static final class Eight extends BrokenLinear {
    public Eight() {
      super("broken-batch-of-eight", "a call of 8 tokens adds no bias", "h.1.mlp.c_proj");
    }

    @Override
    protected Linear broken(Tensor weight, Tensor bias) {
      Linear without = new Linear(weight, Tensors.zeros(bias));
      return new Linear(weight, bias) {
        @Override
        public float[][] forward(float[][] x) {
          return x.length == 8 ? without.forward(x) : super.forward(x);
        }
      };
    }
  }

  /// Decoding has its own GELU, and it is another one.
  @CaughtBy(
      steps = {"batch", "explain"},
      hint = "the sigmoid form",
      laws = {"oneForwardEqualsTokenByToken", "aBatchOfAnyLengthGivesTheSameLogits"})
  public static final class Decode extends BrokenBackend {
    public Decode() {
      super("broken-decode-gelu", "calls of one token have another GELU", "h.0.mlp.act");
    }

    @Override
    protected Gelu gelu(int layer, Layers right) {
      return layer == 0 ? new SigmoidWhenAlone() : right.gelu(layer);
    }

    /// `x · sigmoid(1.702 x)`, as in CLIP.
    private static final class SigmoidWhenAlone extends Gelu {
      private boolean alone;

      @Override
      public synchronized float[][] forward(float[][] x) {
        alone = x.length == 1;
        return super.forward(x);
      }

      @Override
      protected float activate(float x) {
        return alone ? (float) (x / (1 + StrictMath.exp(-1.702 * x))) : super.activate(x);
      }
    }
  }
}
