package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.backend.naive.f32.LayerNorm;
import dev.lockstep.backend.naive.f32.Layers;

/// Bugs in one LayerNorm.
public abstract class BrokenLayerNorm extends BrokenBackend {
  private final String name;

  /// @param name which LayerNorm is wrong
  BrokenLayerNorm(String id, String description, String name) {
    this(id, description, name, name);
  }

  /// @param blame empty where ordinary numbers do not show it
  private BrokenLayerNorm(String id, String description, String name, String blame) {
    super(id, description, blame);
    this.name = name;
  }

  /// The wrong one in place of the right one.
  protected abstract LayerNorm broken(Gpt2Weights weights);

  @Override
  protected LayerNorm layerNorm(String each, Layers right) {
    return each.equals(name) ? broken(right.weights()) : right.layerNorm(each);
  }

  /// A million times the right epsilon in the last LayerNorm: 10 for 1e-5.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "another epsilon: about 10",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class Epsilon extends BrokenLayerNorm {
    public Epsilon() {
      super("broken-layer-norm-epsilon", "ln_f adds a wrong epsilon", "ln_f");
    }

    @Override
    protected LayerNorm broken(Gpt2Weights weights) {
      double wrong = weights.config().layerNormEpsilon() * 1e6;
      return new LayerNorm(weights.lnFWeight(), weights.lnFBias(), wrong);
    }
  }

  /// A tenth of the right epsilon: 1e-6 for 1e-5.
  @CaughtBy(steps = "explain", hint = "epsilon", laws = "logitsAreTheReferences")
  public static final class SmallEpsilon extends BrokenLayerNorm {
    public SmallEpsilon() {
      super("broken-layer-norm-small-epsilon", "h.0.ln_1 adds a tenth of epsilon", "h.0.ln_1");
    }

    @Override
    protected LayerNorm broken(Gpt2Weights weights) {
      Gpt2Weights.Block block = weights.block(0);
      double wrong = weights.config().layerNormEpsilon() / 10;
      return new LayerNorm(block.ln1Weight(), block.ln1Bias(), wrong);
    }
  }

  /// No epsilon: nothing but zeros in is a division by zero.
  @CaughtBy(
      steps = "explain",
      hint = "epsilon is not added",
      laws = {"logitsAreTheReferences", "zeroWeightsGiveZeroLogits"})
  public static final class NoEpsilon extends BrokenLayerNorm {
    public NoEpsilon() {
      super("broken-layer-norm-no-epsilon", "h.0.ln_1 adds no epsilon", "h.0.ln_1");
    }

    @Override
    protected LayerNorm broken(Gpt2Weights weights) {
      Gpt2Weights.Block block = weights.block(0);
      return new LayerNorm(block.ln1Weight(), block.ln1Bias(), 0);
    }
  }

  /// The variance divided by C − 1.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "divided by C - 1",
      laws = "logitsAreTheReferences")
  public static final class Variance extends BrokenLayerNorm {
    public Variance() {
      super("broken-layer-norm-variance", "h.0.ln_1 divides by C − 1", "h.0.ln_1");
    }

    @Override
    protected LayerNorm broken(Gpt2Weights weights) {
      Gpt2Weights.Block block = weights.block(0);
      double epsilon = weights.config().layerNormEpsilon();
      return new LayerNorm(block.ln1Weight(), block.ln1Bias(), epsilon) {
        @Override
        protected float variance(float[] x, float mean) {
          return super.variance(x, mean) * x.length / Math.max(1, x.length - 1);
        }
      };
    }
  }

  /// No LayerNorm at all where the last one should be.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "the LayerNorm is left out",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class Skipped extends BrokenLayerNorm {
    public Skipped() {
      super("broken-layer-norm-skipped", "ln_f is left out", "ln_f");
    }

    @Override
    protected LayerNorm broken(Gpt2Weights weights) {
      double epsilon = weights.config().layerNormEpsilon();
      return new LayerNorm(weights.lnFWeight(), weights.lnFBias(), epsilon) {
        @Override
        public float[][] forward(float[][] x) {
          return x;
        }
      };
    }
  }

  /// The gain without the bias.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "the bias is missing",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class Bias extends BrokenLayerNorm {
    public Bias() {
      super("broken-layer-norm-bias", "h.1.ln_2 adds no bias", "h.1.ln_2");
    }

    @Override
    protected LayerNorm broken(Gpt2Weights weights) {
      Gpt2Weights.Block block = weights.block(1);
      double epsilon = weights.config().layerNormEpsilon();
      return new LayerNorm(block.ln2Weight(), Tensors.zeros(block.ln2Bias()), epsilon);
    }
  }

  /// The variance in one pass, which cancels where the mean is large.
  @CaughtBy(laws = "everyOperationIsWhatItsInputsGive")
  public static final class OnePass extends BrokenLayerNorm {
    public OnePass() {
      super(
          "broken-layer-norm-one-pass",
          "h.0.ln_1 takes the mean of squares less μ²",
          "h.0.ln_1",
          "");
    }

    @Override
    protected LayerNorm broken(Gpt2Weights weights) {
      Gpt2Weights.Block block = weights.block(0);
      double epsilon = weights.config().layerNormEpsilon();
      return new LayerNorm(block.ln1Weight(), block.ln1Bias(), epsilon) {
        @Override
        protected float variance(float[] x, float mean) {
          float squares = 0;
          for (float value : x) {
            squares += value * value;
          }
          return Math.max(0, squares / x.length - mean * mean);
        }
      };
    }
  }

  /// What is no number counts as 0, so that a damaged model answers as though nothing were wrong.
  @CaughtBy(laws = "aWeightThatIsNoNumberSpoilsWhatDependsOnItAndNothingElse")
  public static final class NoNumbers extends BrokenLayerNorm {
    public NoNumbers() {
      super("broken-layer-norm-nan", "ln_f takes a NaN for 0", "ln_f", "");
    }

    @Override
    protected LayerNorm broken(Gpt2Weights weights) {
      double epsilon = weights.config().layerNormEpsilon();
      return new LayerNorm(weights.lnFWeight(), weights.lnFBias(), epsilon) {
        @Override
        public float[][] forward(float[][] x) {
          float[][] y = new float[x.length][];
          for (int t = 0; t < y.length; t++) {
            y[t] = x[t].clone();
            for (int c = 0; c < y[t].length; c++) {
              y[t][c] = Float.isNaN(y[t][c]) ? 0 : y[t][c];
            }
          }
          return super.forward(y);
        }
      };
    }
  }
}
