package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.Tensor;
import dev.lockstep.backend.naive.f32.CausalSelfAttention;
import dev.lockstep.backend.naive.f32.Gelu;
import dev.lockstep.backend.naive.f32.LayerNorm;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.Linear;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/// Numbers of unusual size go wrong.
public final class SeededNumbers extends SeededFault {
  public SeededNumbers() {
    super("number", "large, tiny or infinite numbers, or what is no number, go wrong");
  }

  @Override
  BrokenBackend drawn(Draw draw) {
    int layer = draw.layer();
    float size = draw.between(8, 40);
    String norm = draw.of(List.of("h." + layer + ".ln_1", "h." + layer + ".ln_2", "ln_f"));
    String linear =
        "h."
            + layer
            + "."
            + draw.of(List.of("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"));
    return draw.of(
            List.<Supplier<BrokenBackend>>of(
                () -> new OnePassVariance(norm),
                () -> new Activation(layer, size),
                () -> new Scores(layer, size),
                () -> new Unshifted(layer),
                () -> new Swallowing(linear),
                () -> new Epsilon(norm, draw.of(List.of(1e-6, 1e-12, 1e-3)))))
        .get();
  }

  private static final class OnePassVariance extends Drawn {
    private final String name;

    OnePassVariance(String name) {
      super(name + ": the variance is the mean of squares less the square of the mean");
      this.name = name;
    }

    @Override
    protected LayerNorm layerNorm(String each, Layers right) {
      if (!each.equals(name)) {
        return super.layerNorm(each, right);
      }
      Gpt2Weights weights = right.weights();
      return new LayerNorm(
          weights.tensor(name + ".weight"),
          weights.tensor(name + ".bias"),
          weights.config().layerNormEpsilon()) {
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

  private static final class Epsilon extends Drawn {
    private final String name;
    private final double epsilon;

    Epsilon(String name, double epsilon) {
      super(name + ": epsilon is " + epsilon);
      this.name = name;
      this.epsilon = epsilon;
    }

    @Override
    protected LayerNorm layerNorm(String each, Layers right) {
      Tensor bias = right.weights().tensor(each + ".bias");
      return each.equals(name)
          ? new LayerNorm(right.weights().tensor(each + ".weight"), bias, epsilon)
          : super.layerNorm(each, right);
    }
  }

  private static final class Activation extends Drawn {
    private final int layer;
    private final float limit;

    Activation(int layer, float limit) {
      super("h." + layer + ".mlp.act: no more than " + limit);
      this.layer = layer;
      this.limit = limit;
    }

    @Override
    protected Gelu gelu(int each, Layers right) {
      return each != layer
          ? super.gelu(each, right)
          : new Gelu() {
            @Override
            protected float activate(float x) {
              return Math.min(limit, super.activate(x));
            }
          };
    }
  }

  private static final class Scores extends Drawn {
    private final int layer;
    private final float limit;

    Scores(int layer, float limit) {
      super("h." + layer + ".attn: scores are kept within ±" + limit);
      this.layer = layer;
      this.limit = limit;
    }

    @Override
    protected CausalSelfAttention attention(int each, Layers right) {
      return each != layer
          ? super.attention(each, right)
          : new CausalSelfAttention(right.config().nHead(), right.config().headSize()) {
            @Override
            protected float scaled(float score) {
              return Math.clamp(super.scaled(score), -limit, limit);
            }
          };
    }
  }

  private static final class Unshifted extends Drawn {
    private final int layer;

    Unshifted(int layer) {
      super("h." + layer + ".attn: the greatest score is not subtracted before exp");
      this.layer = layer;
    }

    @Override
    protected CausalSelfAttention attention(int each, Layers right) {
      return each != layer
          ? super.attention(each, right)
          : new CausalSelfAttention(right.config().nHead(), right.config().headSize()) {
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

  private static final class Swallowing extends Drawn {
    private final String name;

    Swallowing(String name) {
      super(name + ": what is no finite number counts as 0");
      this.name = name;
    }

    @Override
    protected Linear linear(String each, Layers right) {
      Tensor bias = right.weights().tensor(each + ".bias");
      return !each.equals(name)
          ? super.linear(each, right)
          : new Linear(right.weights().tensor(each + ".weight"), bias) {
            @Override
            public float[][] forward(float[][] x) {
              float[][] y = super.forward(x);
              Arrays.stream(y).forEach(SeededNumbers::swallow);
              return y;
            }
          };
    }
  }

  private static void swallow(float[] row) {
    for (int c = 0; c < row.length; c++) {
      row[c] = Float.isFinite(row[c]) ? row[c] : 0;
    }
  }
}
