package __package__;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.api.Tensor;
import java.util.Arrays;
import java.util.Map;

/// GPT-2's formula and nothing that makes it fast: it is right, and yours to speed up. Rows are
/// `[T][C]`: a row for each token of the sequence, `C` channels.
final class __Name__Model implements InferenceModel {
  private static final float SQRT_2_OVER_PI = (float) Math.sqrt(2 / Math.PI);

  private final Gpt2Weights weights;
  private final Gpt2Config config;
  private volatile boolean closed;

  /// @param weights read where they lie; valid as long as the model is open
  __Name__Model(Gpt2Weights weights) {
    this.weights = weights;
    config = weights.config();
  }

  @Override
  public Gpt2Config config() {
    return config;
  }

  @Override
  public InferenceSession newSession() {
    SessionChecks.open(closed, "model");
    return new __Name__Session(this);
  }

  @Override
  public Map<String, String> executionPath() {
    return Map.of("device", "cpu", "threads", "1");
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
  }

  /// The logits after each of the last tokens of a sequence, `[rows][V]`.
  float[][] logits(int[] tokens, int rows) {
    int channels = config.nEmbd();
    float[][] x = new float[tokens.length][channels];
    for (int t = 0; t < tokens.length; t++) {
      float[] token = row(weights.wte(), tokens[t]);
      float[] place = row(weights.wpe(), t);
      for (int c = 0; c < channels; c++) {
        x[t][c] = token[c] + place[c];
      }
    }
    for (int layer = 0; layer < config.nLayer(); layer++) {
      Gpt2Weights.Block block = weights.block(layer);
      float[][] normalised = layerNorm(x, block.ln1Weight(), block.ln1Bias());
      float[][] heads = attend(linear(normalised, block.attnWeight(), block.attnBias()));
      add(x, linear(heads, block.attnProjWeight(), block.attnProjBias()));
      normalised = layerNorm(x, block.ln2Weight(), block.ln2Bias());
      float[][] hidden = gelu(linear(normalised, block.fcWeight(), block.fcBias()));
      add(x, linear(hidden, block.mlpProjWeight(), block.mlpProjBias()));
    }
    float[][] last = Arrays.copyOfRange(x, tokens.length - rows, tokens.length);
    return head(layerNorm(last, weights.lnFWeight(), weights.lnFBias()));
  }

  /// A logit for each row of the output embedding, `[V, C]`.
  private float[][] head(float[][] x) {
    float[][] logits = new float[x.length][config.vocabSize()];
    for (int id = 0; id < config.vocabSize(); id++) {
      float[] embedding = row(weights.lmHead(), id);
      for (int t = 0; t < x.length; t++) {
        for (int c = 0; c < embedding.length; c++) {
          logits[t][id] += x[t][c] * embedding[c];
        }
      }
    }
    return logits;
  }

  /// Hugging Face's Conv1D: `y[o] = b[o] + Σ_i x[i] · W[i, o]`.
  private static float[][] linear(float[][] x, Tensor weight, Tensor bias) {
    float[][] y = new float[x.length][];
    for (int t = 0; t < x.length; t++) {
      y[t] = bias.toArray();
    }
    for (int i = 0; i < x[0].length; i++) {
      float[] fromInput = row(weight, i);
      for (int t = 0; t < x.length; t++) {
        for (int o = 0; o < fromInput.length; o++) {
          y[t][o] += x[t][i] * fromInput[o];
        }
      }
    }
    return y;
  }

  /// `y = (x − mean) / √(variance + ε) · gain + bias`, the variance over all channels.
  private float[][] layerNorm(float[][] x, Tensor weight, Tensor bias) {
    float[] gain = weight.toArray();
    float[] shift = bias.toArray();
    float[][] y = new float[x.length][config.nEmbd()];
    for (int t = 0; t < x.length; t++) {
      double mean = 0;
      for (float value : x[t]) {
        mean += value;
      }
      mean /= x[t].length;
      double variance = 0;
      for (float value : x[t]) {
        variance += (value - mean) * (value - mean);
      }
      variance /= x[t].length;
      double scale = 1 / Math.sqrt(variance + config.layerNormEpsilon());
      for (int c = 0; c < x[t].length; c++) {
        y[t][c] = (float) ((x[t][c] - mean) * scale) * gain[c] + shift[c];
      }
    }
    return y;
  }

  /// Causal attention of every head: `softmax(q · kᵀ / √hs) · v` over the positions up to a row's
  /// own.
  ///
  /// @param qkv `[T][3C]`: queries, keys, values
  private float[][] attend(float[][] qkv) {
    int channels = config.nEmbd();
    int size = config.headSize();
    float scale = (float) (1 / Math.sqrt(size));
    float[][] y = new float[qkv.length][channels];
    for (int t = 0; t < qkv.length; t++) {
      for (int head = 0; head < config.nHead(); head++) {
        int from = head * size;
        float[] scores = new float[t + 1];
        float greatest = Float.NEGATIVE_INFINITY;
        for (int s = 0; s <= t; s++) {
          float score = 0;
          for (int c = from; c < from + size; c++) {
            score += qkv[t][c] * qkv[s][channels + c];
          }
          scores[s] = score * scale;
          greatest = Math.max(greatest, scores[s]);
        }
        float sum = 0;
        for (int s = 0; s <= t; s++) {
          scores[s] = (float) Math.exp(scores[s] - greatest);
          sum += scores[s];
        }
        for (int s = 0; s <= t; s++) {
          for (int c = from; c < from + size; c++) {
            y[t][c] += scores[s] / sum * qkv[s][2 * channels + c];
          }
        }
      }
    }
    return y;
  }

  /// GPT-2's tanh form: `½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))`.
  private static float[][] gelu(float[][] x) {
    for (float[] row : x) {
      for (int c = 0; c < row.length; c++) {
        float inner = SQRT_2_OVER_PI * (row[c] + 0.044715f * row[c] * row[c] * row[c]);
        row[c] = 0.5f * row[c] * (1 + (float) Math.tanh(inner));
      }
    }
    return x;
  }

  private static void add(float[][] x, float[][] y) {
    for (int t = 0; t < x.length; t++) {
      for (int c = 0; c < x[t].length; c++) {
        x[t][c] += y[t][c];
      }
    }
  }

  /// A row of a matrix, copied: the weights lie in a file.
  private static float[] row(Tensor matrix, int row) {
    int length = matrix.shape().get(1);
    return matrix.toArray((long) row * length, length);
  }
}
