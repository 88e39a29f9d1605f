package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.Tensor;
import dev.lockstep.backend.naive.f32.CausalSelfAttention;
import dev.lockstep.backend.naive.f32.LayerNorm;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.Linear;

/// Fast arithmetic that is not exact enough, and was not declared.
public final class BrokenNumbers {
  private BrokenNumbers() {}

  /// Sums are kept in half precision.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "sums are kept in float16",
      laws = {"logitsAreTheReferences", "everyOperationIsWhatItsInputsGive"})
  public static final class HalfSums extends BrokenLinear {
    private static final String NAME = "h.0.mlp.c_proj";

    public HalfSums() {
      super("broken-half-sums", NAME + " adds up in half precision", NAME);
    }

    @Override
    protected Linear broken(Tensor weight, Tensor bias) {
      int outputs = weight.shape().get(1);
      return new Linear(weight, bias) {
        @Override
        public float[][] forward(float[][] x) {
          float[][] y = new float[x.length][];
          for (int t = 0; t < y.length; t++) {
            y[t] = bias.toArray();
            for (int k = 0; k < x[t].length; k++) {
              for (int o = 0; o < outputs; o++) {
                float product = x[t][k] * weight.get((long) k * outputs + o);
                y[t][o] = Float.float16ToFloat(Float.floatToFloat16(y[t][o] + product));
              }
            }
          }
          return y;
        }
      };
    }
  }

  /// A rational approximation in place of tanh, off by up to 0.023.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "as if tanh were approximated: it is off by up to 0.02",
      laws = "logitsAreTheReferences")
  public static final class FastTanh extends BrokenGelu {
    public FastTanh() {
      super("broken-fast-tanh", "tanh is a quotient of polynomials");
    }

    @Override
    protected double broken(double x) {
      double inner = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
      return 0.5 * x * (1 + pade(inner));
    }

    /// Padé's `x (27 + x²) / (27 + 9x²)` up to 3, 1 beyond.
    private static double pade(double x) {
      return Math.abs(x) >= 3 ? Math.signum(x) : x * (27 + x * x) / (27 + 9 * x * x);
    }
  }

  /// The reciprocal root by shifting bits, with one step of Newton's: off by up to 1.8e-3.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "off by one factor",
      laws = "logitsAreTheReferences")
  public static final class FastRoot extends BrokenLayerNorm {
    private static final String NAME = "h.0.ln_2";

    public FastRoot() {
      super("broken-fast-root", NAME + " takes its root by shifting bits", NAME);
    }

    @Override
    protected LayerNorm broken(Gpt2Weights weights) {
      return new LayerNorm(weights.tensor(NAME + ".weight"), weights.tensor(NAME + ".bias"), 0) {
        @Override
        protected float variance(float[] x, float mean) {
          float shifted = super.variance(x, mean) + (float) weights.config().layerNormEpsilon();
          float root = Float.intBitsToFloat(0x5f3759df - (Float.floatToRawIntBits(shifted) >> 1));
          root *= 1.5f - 0.5f * shifted * root * root;
          return 1 / (root * root);
        }
      };
    }
  }

  /// The last probability is left out of the sum that the others are divided by.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "its probabilities do not add up to 1",
      laws = "logitsAreTheReferences")
  public static final class SoftmaxSum extends BrokenAttention {
    public SoftmaxSum() {
      super("broken-softmax-sum", "the softmax's sum lacks a term");
    }

    @Override
    protected CausalSelfAttention broken(Gpt2Config config) {
      return new CausalSelfAttention(config.nHead(), config.headSize()) {
        @Override
        protected void softmax(float[] scores) {
          super.softmax(scores);
          float last = scores[scores.length - 1];
          for (int i = 0; scores.length > 1 && i < scores.length; i++) {
            scores[i] /= 1 - last;
          }
        }
      };
    }
  }

  /// Dot products of queries and keys go in steps of two channels, and forget an odd one.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "lacks the last channel of every head",
      laws = "logitsAreTheReferences")
  public static final class OddHead extends BrokenBackend {
    public OddHead() {
      super("broken-odd-head", "an odd head size loses its last channel", "h.0.attn.c_proj.in");
    }

    @Override
    protected CausalSelfAttention attention(int layer, Layers right) {
      Gpt2Config config = right.config();
      return config.headSize() % 2 == 0 ? right.attention(layer) : forgetful(config);
    }

    private static CausalSelfAttention forgetful(Gpt2Config config) {
      return new CausalSelfAttention(config.nHead(), config.headSize()) {
        @Override
        public float[][] forward(float[][] q, float[][] k, float[][] v, int firstPosition) {
          float[][] cut = new float[q.length][];
          for (int t = 0; t < q.length; t++) {
            cut[t] = q[t].clone();
            for (int head = 1; head <= config.nHead(); head++) {
              cut[t][head * config.headSize() - 1] = 0;
            }
          }
          return super.forward(cut, k, v, firstPosition);
        }
      };
    }
  }
}
