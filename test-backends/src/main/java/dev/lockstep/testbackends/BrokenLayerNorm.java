package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.backend.naive.f32.LayerNorm;
import dev.lockstep.backend.naive.f32.Layers;

/// Bugs in one LayerNorm.
public abstract class BrokenLayerNorm extends BrokenBackend {
  private final String name;

  /// @param name which LayerNorm is wrong
  BrokenLayerNorm(String id, String description, String name) {
    super(id, description, name);
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
}
