package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.backend.naive.f32.CausalSelfAttention;
import dev.lockstep.backend.naive.f32.Layers;

/// Bugs in the attention of the second block.
public abstract class BrokenAttention extends BrokenBackend {
  private static final int LAYER = 1;

  BrokenAttention(String id, String description) {
    super(id, description, "h." + LAYER + ".attn.c_proj.in");
  }

  /// The wrong attention for a shape.
  protected abstract CausalSelfAttention broken(Gpt2Config config);

  @Override
  protected CausalSelfAttention attention(int layer, Layers right) {
    return layer == LAYER ? broken(right.config()) : right.attention(layer);
  }

  /// `score / hs` for `score / √hs`.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "divided by hs, not by sqrt(hs)",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class Scale extends BrokenAttention {
    public Scale() {
      super("broken-attention-scale", "scores are divided by hs, not by its root");
    }

    @Override
    protected CausalSelfAttention broken(Gpt2Config config) {
      return new CausalSelfAttention(config.nHead(), config.headSize()) {
        @Override
        protected float scaled(float score) {
          return score / config.headSize();
        }
      };
    }
  }

  /// `softmax(score) / √hs` for `softmax(score / √hs)`.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "the probabilities are divided by sqrt(hs), not the scores",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class LateScale extends BrokenAttention {
    public LateScale() {
      super("broken-late-scale", "probabilities are scaled, not scores");
    }

    @Override
    protected CausalSelfAttention broken(Gpt2Config config) {
      return new CausalSelfAttention(config.nHead(), config.headSize()) {
        @Override
        protected float scaled(float score) {
          return score;
        }

        @Override
        protected void softmax(float[] scores) {
          super.softmax(scores);
          for (int i = 0; i < scores.length; i++) {
            scores[i] = super.scaled(scores[i]);
          }
        }
      };
    }
  }

  /// A query does not see its own position (the first one aside).
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "does not see its own position",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class Mask extends BrokenAttention {
    public Mask() {
      super("broken-attention-mask", "a query does not see its own position");
    }

    @Override
    protected CausalSelfAttention broken(Gpt2Config config) {
      return new CausalSelfAttention(config.nHead(), config.headSize()) {
        @Override
        protected int visible(int position) {
          return Math.max(1, position);
        }
      };
    }
  }

  /// In a batch, a query sees the position after its own.
  @CaughtBy(
      steps = {"logits", "batch", "explain"},
      hint = "a query sees the position after its own",
      laws = {"logitsAreTheReferences", "forwardAllShowsTheLogitsOfEveryForward"})
  public static final class Future extends BrokenAttention {
    public Future() {
      super("broken-attention-future", "in a batch a query sees one position too many");
    }

    @Override
    protected CausalSelfAttention broken(Gpt2Config config) {
      return new CausalSelfAttention(config.nHead(), config.headSize()) {
        @Override
        public float[][] forward(float[][] q, float[][] k, float[][] v, int firstPosition) {
          int end = firstPosition + q.length;
          return new CausalSelfAttention(config.nHead(), config.headSize()) {
            @Override
            protected int visible(int position) {
              return Math.min(position + 2, end);
            }
          }.forward(q, k, v, firstPosition);
        }
      };
    }
  }

  /// Keys for values and values for keys.
  @CaughtBy(
      steps = {"tokens", "logits", "explain"},
      hint = "keys and values are swapped",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class Swapped extends BrokenAttention {
    public Swapped() {
      super("broken-attention-swapped", "keys and values are swapped");
    }

    @Override
    protected CausalSelfAttention broken(Gpt2Config config) {
      return new CausalSelfAttention(config.nHead(), config.headSize()) {
        @Override
        public float[][] forward(float[][] q, float[][] k, float[][] v, int firstPosition) {
          return super.forward(q, v, k, firstPosition);
        }
      };
    }
  }

  /// Channel c of head h lands at `c · NH + h` instead of `h · hs + c`.
  @CaughtBy(
      steps = {"tokens", "logits", "explain"},
      hint = "heads are interleaved",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class Interleaved extends BrokenAttention {
    public Interleaved() {
      super("broken-attention-heads", "the heads' outputs are interleaved");
    }

    @Override
    protected CausalSelfAttention broken(Gpt2Config config) {
      return new CausalSelfAttention(config.nHead(), config.headSize()) {
        @Override
        public float[][] forward(float[][] q, float[][] k, float[][] v, int firstPosition) {
          float[][] y = super.forward(q, k, v, firstPosition);
          for (int t = 0; t < y.length; t++) {
            float[] row = y[t].clone();
            for (int i = 0; i < row.length; i++) {
              y[t][i % config.headSize() * config.nHead() + i / config.headSize()] = row[i];
            }
          }
          return y;
        }
      };
    }
  }

  /// Powers of the scores themselves, which overflow where scores are large.
  @CaughtBy(
      steps = "explain",
      hint = "exp overflows",
      scene = CaughtBy.Scene.LARGE_SCORES,
      laws = "largeWeightsGiveFiniteLogits")
  public static final class Overflow extends BrokenAttention {
    public Overflow() {
      super("broken-softmax-overflow", "the greatest score is not subtracted");
    }

    @Override
    protected CausalSelfAttention broken(Gpt2Config config) {
      return new CausalSelfAttention(config.nHead(), config.headSize()) {
        @Override
        protected void softmax(float[] scores) {
          float sum = 0;
          for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) StrictMath.exp(scores[i]);
            sum += scores[i];
          }
          for (int i = 0; i < scores.length; i++) {
            scores[i] /= sum;
          }
        }
      };
    }
  }

  /// One head reads the keys of the first one, and its own values.
  private abstract static class FirstKeys extends BrokenAttention {
    private final int head;

    FirstKeys(String id, int head) {
      super(id, "head " + head + " has the keys of head 0");
      this.head = head;
    }

    @Override
    protected CausalSelfAttention broken(Gpt2Config config) {
      return new CausalSelfAttention(config.nHead(), config.headSize()) {
        @Override
        public float[][] forward(float[][] q, float[][] k, float[][] v, int firstPosition) {
          float[][] keys = k.clone();
          for (int s = 0; s < firstPosition + q.length && config.nHead() > head; s++) {
            keys[s] = k[s].clone();
            System.arraycopy(k[s], 0, keys[s], head * config.headSize(), config.headSize());
          }
          return super.forward(q, keys, v, firstPosition);
        }
      };
    }
  }

  /// One head reads the keys of its neighbour.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "head 1 has the keys of head 0",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class OtherKeys extends FirstKeys {
    public OtherKeys() {
      super("broken-other-keys", 1);
    }
  }

  /// A table of heads has room for eight.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "head 8 has the keys of head 0",
      scene = CaughtBy.Scene.MANY_HEADS,
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class NinthHead extends FirstKeys {
    public NinthHead() {
      super("broken-ninth-head", 8);
    }
  }

  /// Scores are also divided by the number of the layer, as the option
  /// `scale_attn_by_inverse_layer_idx` of other checkpoints has it.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "the scores are 0.500000 times what they should be",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class InverseLayer extends BrokenAttention {
    public InverseLayer() {
      super("broken-inverse-layer", "scores are divided by the number of the layer, too");
    }

    @Override
    protected CausalSelfAttention broken(Gpt2Config config) {
      return new CausalSelfAttention(config.nHead(), config.headSize()) {
        @Override
        protected float scaled(float score) {
          return super.scaled(score) / (LAYER + 1);
        }
      };
    }
  }
}
