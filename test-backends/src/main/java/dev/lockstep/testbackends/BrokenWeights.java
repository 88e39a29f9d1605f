package dev.lockstep.testbackends;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Tensor;
import dev.lockstep.backend.kvcache.KvCache;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.backend.naive.f32.Embedding;
import dev.lockstep.backend.naive.f32.LayerNorm;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.Linear;

/// Right operations on the wrong weights, or on the wrong part of them.
public final class BrokenWeights {
  private BrokenWeights() {}

  /// The keys get no bias. That adds the same to all scores of a query, which softmax ignores: no
  /// token and no logit shows it beyond rounding, until somebody reads the keys.
  @CaughtBy(
      steps = "explain",
      hint = "the bias of the keys is missing",
      laws = "everyOperationIsWhatItsInputsGive")
  public static final class KeyBias extends BrokenLinear {
    private static final String NAME = "h.1.attn.c_attn";

    public KeyBias() {
      super("broken-key-bias", NAME + " adds no bias to the keys", NAME);
    }

    @Override
    protected Linear broken(Tensor weight, Tensor bias) {
      int channels = weight.shape().getFirst();
      return new Linear(weight, Tensors.zeros(bias, channels, 2 * channels));
    }
  }

  /// `ln_2` of a block takes the gain of its `ln_1`.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "the gain is that of h.1.ln_1",
      laws = "logitsAreTheReferences")
  public static final class OtherGain extends BrokenLayerNorm {
    public OtherGain() {
      super("broken-other-gain", "h.1.ln_2 has the gain of h.1.ln_1", "h.1.ln_2");
    }

    @Override
    protected LayerNorm broken(Gpt2Weights weights) {
      Gpt2Weights.Block block = weights.block(1);
      double epsilon = weights.config().layerNormEpsilon();
      return new LayerNorm(block.ln1Weight(), block.ln2Bias(), epsilon);
    }
  }

  /// GPT-2's own epsilon, whatever the config says.
  @CaughtBy(laws = "theLayerNormEpsilonIsTheConfigs")
  public static final class ConstantEpsilon extends BrokenBackend {
    public ConstantEpsilon() {
      super("broken-constant-epsilon", "layer_norm_epsilon of the config is ignored", "");
    }

    @Override
    protected LayerNorm layerNorm(String name, Layers right) {
      Gpt2Weights weights = right.weights();
      return new LayerNorm(weights.tensor(name + ".weight"), weights.tensor(name + ".bias"), 1e-5);
    }
  }

  /// Token ids are kept in 15 bits.
  @CaughtBy(
      steps = {"tokens", "logits", "explain"},
      hint = "token ids are cut to their last 15 bits",
      scene = CaughtBy.Scene.LARGE_VOCABULARY,
      laws = "everyIdOfALargeVocabularyIsKnown")
  public static final class ShortIds extends BrokenBackend {
    private static final int MASK = 0x7fff;

    public ShortIds() {
      super("broken-short-ids", "token ids are kept in 15 bits", Activations.EMBEDDING);
    }

    @Override
    protected Embedding embedding(Layers right) {
      return new Embedding(right.weights().wte(), right.weights().wpe()) {
        @Override
        public float[][] forward(int[] tokens, int firstPosition) {
          int[] cut = tokens.clone();
          for (int t = 0; t < cut.length; t++) {
            cut[t] &= MASK;
          }
          return super.forward(cut, firstPosition);
        }
      };
    }
  }

  /// After a rewind the position embedding is added twice.
  @CaughtBy(
      steps = {"rewind", "explain"},
      hint = "the position embedding is added twice",
      laws = "rewindingOneTokenAtATimeReplaysEveryStep")
  public static final class PositionTwice extends BrokenBackend {
    public PositionTwice() {
      super("broken-rewind-wpe", "after a rewind wpe is added twice", Activations.EMBEDDING);
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      Tensor doubled = Tensors.times(weights.wpe(), 2);
      boolean[] rewound = {false};
      Layers layers =
          new Layers(weights) {
            @Override
            public Embedding embedding() {
              Embedding twice = new Embedding(weights.wte(), doubled);
              return new Embedding(weights.wte(), weights.wpe()) {
                @Override
                public float[][] forward(int[] tokens, int firstPosition) {
                  return rewound[0]
                      ? twice.forward(tokens, firstPosition)
                      : super.forward(tokens, firstPosition);
                }
              };
            }
          };
      return new KvCacheModel(layers) {
        @Override
        protected KvCache newCache() {
          rewound[0] = false;
          return new KvCache(config().nLayer(), config().nPositions()) {
            @Override
            public void rewind(int position) {
              // The worker empties a session before each prompt.
              rewound[0] = position > 0;
              super.rewind(position);
            }
          };
        }
      };
    }
  }

  /// Keys and values of the second block are looked up in the first one's cache.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "keys and values of h.0.attn.c_attn",
      laws = "logitsAreTheReferences")
  public static final class OtherLayer extends BrokenBackend {
    public OtherLayer() {
      super("broken-cache-layer", "h.1 reads the cache of h.0", "h.1.attn.c_proj.in");
    }

    @Override
    protected KvCache newCache(Gpt2Config config) {
      return new KvCache(config.nLayer(), config.nPositions()) {
        @Override
        public float[][] keys(int layer) {
          return super.keys(layer == 1 ? 0 : layer);
        }

        @Override
        public float[][] values(int layer) {
          return super.values(layer == 1 ? 0 : layer);
        }

        @Override
        public void append(int layer, int firstPosition, float[][] k, float[][] v) {
          if (layer != 1) {
            super.append(layer, firstPosition, k, v);
          }
        }
      };
    }
  }
}
