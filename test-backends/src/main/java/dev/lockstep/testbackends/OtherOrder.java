package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Tensor;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.backend.naive.f32.CausalSelfAttention;
import dev.lockstep.backend.naive.f32.LayerNorm;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.Linear;
import dev.lockstep.backend.naive.f32.LmHead;
import java.util.Arrays;

/// Stage 2 with its sums in another order: as right as stage 2, and hardly a bit the same. How it
/// rounds must not be held against it.
public abstract class OtherOrder extends TestBackend {
  private OtherOrder(String id, String order) {
    super(id, "right, but it rounds otherwise: " + order);
  }

  /// `Σ a[i] · b[i]` over `from ≤ i < to`
  abstract float dot(float[] a, float[] b, int from, int to);

  /// The output of one query and one head: `y[c] = Σ p[s] · v[s][c]`, `p` being the softmax of the
  /// scores.
  ///
  /// @param scores `[S]`, scaled; they may be overwritten
  /// @param values the channels of the head, each `[S]`
  float[] attend(float[] scores, float[][] values) {
    float greatest = Float.NEGATIVE_INFINITY;
    for (float score : scores) {
      greatest = Math.max(greatest, score);
    }
    for (int s = 0; s < scores.length; s++) {
      scores[s] = (float) StrictMath.exp(scores[s] - greatest);
    }
    float sum = dot(scores, ones(scores.length), 0, scores.length);
    float[] y = new float[values.length];
    for (int c = 0; c < y.length; c++) {
      y[c] = dot(scores, values[c], 0, scores.length) / sum;
    }
    return y;
  }

  private static float[] ones(int n) {
    float[] ones = new float[n];
    Arrays.fill(ones, 1);
    return ones;
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    return new KvCacheModel(
        new Layers(weights) {
          @Override
          public Linear linear(String name) {
            return new OtherLinear(
                weights.tensor(name + ".weight"), weights.tensor(name + ".bias"));
          }

          @Override
          public LayerNorm layerNorm(String name) {
            return new OtherLayerNorm(
                weights.tensor(name + ".weight"),
                weights.tensor(name + ".bias"),
                weights.config().layerNormEpsilon());
          }

          @Override
          public CausalSelfAttention attention(int layer) {
            return new OtherAttention(weights.config().nHead(), weights.config().headSize());
          }

          @Override
          public LmHead lmHead() {
            return new OtherHead(weights.lmHead());
          }
        });
  }

  private final class OtherLinear extends Linear {
    private final float[] bias;

    /// `[outputs][inputs]`
    private final float[][] columns;

    OtherLinear(Tensor weight, Tensor bias) {
      super(weight, bias);
      this.bias = bias.toArray();
      float[] all = weight.toArray();
      int inputs = weight.shape().get(0);
      columns = new float[this.bias.length][inputs];
      for (int o = 0; o < columns.length; o++) {
        for (int k = 0; k < inputs; k++) {
          columns[o][k] = all[k * columns.length + o];
        }
      }
    }

    @Override
    public float[][] forward(float[][] x) {
      float[][] y = new float[x.length][bias.length];
      for (int t = 0; t < y.length; t++) {
        for (int o = 0; o < bias.length; o++) {
          y[t][o] = dot(x[t], columns[o], 0, x[t].length) + bias[o];
        }
      }
      return y;
    }
  }

  private final class OtherLayerNorm extends LayerNorm {
    OtherLayerNorm(Tensor weight, Tensor bias, double epsilon) {
      super(weight, bias, epsilon);
    }

    @Override
    protected float mean(float[] x) {
      return dot(x, ones(x.length), 0, x.length) / x.length;
    }

    @Override
    protected float variance(float[] x, float mean) {
      float[] differences = new float[x.length];
      for (int c = 0; c < x.length; c++) {
        differences[c] = x[c] - mean;
      }
      return dot(differences, differences, 0, x.length) / x.length;
    }
  }

  private final class OtherAttention extends CausalSelfAttention {
    private final int heads;
    private final int headSize;

    OtherAttention(int heads, int headSize) {
      super(heads, headSize);
      this.heads = heads;
      this.headSize = headSize;
    }

    @Override
    public float[][] forward(float[][] q, float[][] k, float[][] v, int firstPosition) {
      float[][] y = new float[q.length][heads * headSize];
      for (int t = 0; t < y.length; t++) {
        int visible = firstPosition + t + 1;
        for (int head = 0; head < heads; head++) {
          int from = head * headSize;
          float[] scores = new float[visible];
          float[][] values = new float[headSize][visible];
          for (int s = 0; s < visible; s++) {
            scores[s] = dot(q[t], k[s], from, from + headSize) / (float) Math.sqrt(headSize);
            for (int c = 0; c < headSize; c++) {
              values[c][s] = v[s][from + c];
            }
          }
          System.arraycopy(attend(scores, values), 0, y[t], from, headSize);
        }
      }
      return y;
    }
  }

  private final class OtherHead extends LmHead {
    private final float[] weight;

    OtherHead(Tensor weight) {
      super(weight);
      this.weight = weight.toArray();
    }

    @Override
    public float[] forward(float[] x) {
      float[] logits = new float[weight.length / x.length];
      for (int id = 0; id < logits.length; id++) {
        int row = id * x.length;
        logits[id] = dot(x, Arrays.copyOfRange(weight, row, row + x.length), 0, x.length);
      }
      return logits;
    }
  }

  /// Halves, added at last.
  public static final class Pairwise extends OtherOrder {
    public Pairwise() {
      super("right-pairwise", "pairwise sums");
    }

    @Override
    float dot(float[] a, float[] b, int from, int to) {
      if (to - from == 1) {
        return a[from] * b[from];
      }
      int middle = (from + to) >>> 1;
      return dot(a, b, from, middle) + dot(a, b, middle, to);
    }
  }

  /// As lanes of a vector do.
  public static final class Blocked extends OtherOrder {
    private static final int LANES = 8;

    public Blocked() {
      super("right-blocked", "eight sums, added at last");
    }

    @Override
    float dot(float[] a, float[] b, int from, int to) {
      float[] lanes = new float[LANES];
      for (int i = from; i < to; i++) {
        lanes[i % LANES] += a[i] * b[i];
      }
      for (int half = LANES / 2; half > 0; half /= 2) {
        for (int lane = 0; lane < half; lane++) {
          lanes[lane] += lanes[lane + half];
        }
      }
      return lanes[0];
    }
  }

  /// Products that are not rounded, from the last to the first.
  public static final class Fused extends OtherOrder {
    public Fused() {
      super("right-fused", "fused multiply-add, from the end");
    }

    @Override
    float dot(float[] a, float[] b, int from, int to) {
      float sum = 0;
      for (int i = to - 1; i >= from; i--) {
        sum = Math.fma(a[i], b[i], sum);
      }
      return sum;
    }
  }

  /// Better than single precision, and rounded to it in the end.
  public static final class Wide extends OtherOrder {
    public Wide() {
      super("right-double", "sums in double precision");
    }

    @Override
    float dot(float[] a, float[] b, int from, int to) {
      double sum = 0;
      for (int i = from; i < to; i++) {
        sum += (double) a[i] * b[i];
      }
      return (float) sum;
    }
  }

  /// One pass over the positions: what was summed is scaled down when a greater score comes.
  public static final class Online extends OtherOrder {
    public Online() {
      super("right-online", "softmax and its sum in one pass");
    }

    @Override
    float dot(float[] a, float[] b, int from, int to) {
      float sum = 0;
      for (int i = from; i < to; i++) {
        sum += a[i] * b[i];
      }
      return sum;
    }

    @Override
    float[] attend(float[] scores, float[][] values) {
      float greatest = Float.NEGATIVE_INFINITY;
      float sum = 0;
      float[] y = new float[values.length];
      for (int s = 0; s < scores.length; s++) {
        float now = Math.max(greatest, scores[s]);
        float kept = (float) StrictMath.exp(greatest - now);
        float weight = (float) StrictMath.exp(scores[s] - now);
        sum = sum * kept + weight;
        for (int c = 0; c < y.length; c++) {
          y[c] = y[c] * kept + weight * values[c][s];
        }
        greatest = now;
      }
      for (int c = 0; c < y.length; c++) {
        y[c] /= sum;
      }
      return y;
    }
  }
}
