package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.Tensor;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.Linear;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// Bugs in linear layers.
public abstract class BrokenLinear extends BrokenBackend {
  private final String name;

  /// @param name which layer is wrong
  BrokenLinear(String id, String description, String name) {
    this(id, description, name, name);
  }

  /// @param name which layer is wrong; all of them if empty
  /// @param blame the activation in which it shows first
  private BrokenLinear(String id, String description, String name, String blame) {
    super(id, description, blame);
    this.name = name;
  }

  /// The wrong layer in place of the right one.
  protected abstract Linear broken(Tensor weight, Tensor bias);

  @Override
  protected Linear linear(String each, Layers right) {
    Gpt2Weights weights = right.weights();
    return name.isEmpty() || each.equals(name)
        ? broken(weights.tensor(each + ".weight"), weights.tensor(each + ".bias"))
        : right.linear(each);
  }

  /// A layer without its bias.
  private abstract static class MissingBias extends BrokenLinear {
    MissingBias(String id, String name) {
      super(id, name + " adds no bias", name);
    }

    @Override
    protected Linear broken(Tensor weight, Tensor bias) {
      return new Linear(weight, Tensors.zeros(bias));
    }
  }

  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "the bias is missing",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class AttnBias extends MissingBias {
    public AttnBias() {
      super("broken-attn-bias", "h.0.attn.c_attn");
    }
  }

  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "the bias is missing",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class AttnProjBias extends MissingBias {
    public AttnProjBias() {
      super("broken-attn-proj-bias", "h.1.attn.c_proj");
    }
  }

  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "the bias is missing",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class FcBias extends MissingBias {
    public FcBias() {
      super("broken-fc-bias", "h.1.mlp.c_fc");
    }
  }

  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "the bias is missing",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class MlpProjBias extends MissingBias {
    public MlpProjBias() {
      super("broken-mlp-proj-bias", "h.0.mlp.c_proj");
    }
  }

  /// A square matrix read as `[out, in]`.
  @CaughtBy(
      steps = {"tokens", "logits", "explain"},
      hint = "transposed",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class Transposed extends BrokenLinear {
    public Transposed() {
      super(
          "broken-attn-proj-transposed", "h.1.attn.c_proj is read as [out, in]", "h.1.attn.c_proj");
    }

    @Override
    protected Linear broken(Tensor weight, Tensor bias) {
      return new Linear(Tensors.transposed(weight), bias);
    }
  }

  /// Every matrix rounded to 8 bits of mantissa, and not declared as approximate.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "the weights are rounded to bfloat16",
      laws = "logitsAreTheReferences")
  public static final class Bfloat16 extends BrokenLinear {
    public Bfloat16() {
      super("broken-bf16-weights", "all matrices are rounded to bfloat16", "", "h.0.attn.c_attn");
    }

    @Override
    protected Linear broken(Tensor weight, Tensor bias) {
      return new Linear(Tensors.roundedToBfloat16(weight), bias);
    }
  }

  /// One weight four times too large, or too small.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "bit 24 (of the exponent) is flipped",
      laws = "logitsAreTheReferences")
  public static final class FlippedBit extends BrokenLinear {
    public FlippedBit() {
      super(
          "broken-flipped-bit",
          "one exponent bit of one weight of h.1.mlp.c_proj is flipped",
          "h.1.mlp.c_proj");
    }

    @Override
    protected Linear broken(Tensor weight, Tensor bias) {
      return new Linear(Tensors.withFlippedBit(weight, 5, 24), bias);
    }
  }

  /// The last row of a batch, and only of a batch, lacks its last product.
  @CaughtBy(
      steps = {"batch", "explain"},
      hint = "input channel 32, the last one, is left out",
      laws = {"oneForwardEqualsTokenByToken", "logitsAreTheReferences"})
  public static final class LastRow extends BrokenLinear {
    public LastRow() {
      super(
          "broken-last-prefill-row",
          "h.1.mlp.c_fc drops a product in the last row of a batch",
          "h.1.mlp.c_fc");
    }

    @Override
    protected Linear broken(Tensor weight, Tensor bias) {
      return new Linear(weight, bias) {
        @Override
        public float[][] forward(float[][] x) {
          if (x.length == 1) {
            return super.forward(x);
          }
          float[][] cut = x.clone();
          cut[x.length - 1] = Arrays.copyOf(x[x.length - 1], x[0].length);
          cut[x.length - 1][x[0].length - 1] = 0;
          return super.forward(cut);
        }
      };
    }
  }

  /// The order of every sum is drawn at random.
  @CaughtBy(
      steps = "repeat",
      laws = {"theSamePromptTwiceGivesTheSameBits", "rewindingOneTokenAtATimeReplaysEveryStep"})
  public static final class Order extends BrokenLinear {
    private final AtomicInteger state = new AtomicInteger();

    public Order() {
      super("broken-reduction-order", "sums are added in an order that changes", "", "");
    }

    @Override
    protected Linear broken(Tensor weight, Tensor bias) {
      int inputs = weight.shape().get(0);
      int outputs = weight.shape().get(1);
      return new Linear(weight, bias) {
        @Override
        public float[][] forward(float[][] x) {
          int first = (state.getAndUpdate(n -> n * 1103515245 + 12345) >>> 8) % inputs;
          float[][] y = new float[x.length][];
          for (int t = 0; t < y.length; t++) {
            y[t] = bias.toArray();
          }
          for (int i = 0; i < inputs; i++) {
            int k = (first + i) % inputs;
            float[] row = weight.toArray((long) k * outputs, outputs);
            for (int t = 0; t < y.length; t++) {
              for (int o = 0; o < outputs; o++) {
                y[t][o] += x[t][k] * row[o];
              }
            }
          }
          return y;
        }
      };
    }
  }

  /// All sessions copy the rows of a matrix into one buffer.
  @CaughtBy(steps = "threads", laws = "sessionsOnSeveralThreadsDoNotDisturbEachOther")
  public static final class Race extends BrokenLinear {
    public Race() {
      super("broken-shared-buffer", "sessions on several threads share a buffer", "", "");
    }

    @Override
    protected Linear broken(Tensor weight, Tensor bias) {
      int inputs = weight.shape().get(0);
      int outputs = weight.shape().get(1);
      float[] shared = new float[outputs];
      return new Linear(weight, bias) {
        @Override
        public float[][] forward(float[][] x) {
          float[][] y = new float[x.length][];
          for (int t = 0; t < y.length; t++) {
            y[t] = bias.toArray();
          }
          for (int k = 0; k < inputs; k++) {
            System.arraycopy(weight.toArray((long) k * outputs, outputs), 0, shared, 0, outputs);
            if (k == 0) {
              // Others get their turn, also where there is one processor: the race is lost for
              // sure.
              LockSupport.parkNanos(1);
            }
            for (int t = 0; t < y.length; t++) {
              for (int o = 0; o < outputs; o++) {
                y[t][o] += x[t][k] * shared[o];
              }
            }
          }
          return y;
        }
      };
    }
  }

  /// What is no finite number counts as 0, so that a damaged weight goes unseen, for the residual
  /// stream beside it is finite.
  @CaughtBy(laws = "aBiasThatIsNoNumberSpoilsEveryLogit")
  public static final class NoNumbers extends BrokenLinear {
    public NoNumbers() {
      super("broken-mlp-proj-nan", "h.1.mlp.c_proj gives 0 for a NaN", "h.1.mlp.c_proj", "");
    }

    @Override
    protected Linear broken(Tensor weight, Tensor bias) {
      return new Linear(weight, bias) {
        @Override
        public float[][] forward(float[][] x) {
          float[][] y = super.forward(x);
          for (float[] row : y) {
            for (int c = 0; c < row.length; c++) {
              row[c] = Float.isFinite(row[c]) ? row[c] : 0;
            }
          }
          return y;
        }
      };
    }
  }
}
