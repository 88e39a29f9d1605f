package dev.lockstep.backend.naive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.Precision;
import dev.lockstep.api.Tensor;
import dev.lockstep.tck.Tolerance;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every operation in single precision stays within its a-priori error bound of its twin in double.
class ErrorBoundTest {
  private static final int ROWS = 3;

  private final SplittableRandom random = new SplittableRandom(1);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 16, 17, 64, 80, 193, 768})
  void linear(int inputs) {
    int outputs = inputs + 7;
    Tensor weight = tensor(inputs, outputs);
    Tensor bias = tensor(outputs);
    float[][] x = rows(ROWS, inputs);
    float[][] actual = new dev.lockstep.backend.naive.f32.Linear(weight, bias).forward(x);
    double[][] expected = new dev.lockstep.backend.naive.f64.Linear(weight, bias).forward(widen(x));
    for (int t = 0; t < ROWS; t++) {
      for (int o = 0; o < outputs; o++) {
        double magnitude = Math.abs(bias.get(o));
        for (int k = 0; k < inputs; k++) {
          magnitude += Math.abs((double) x[t][k] * weight.get((long) k * outputs + o));
        }
        Tolerance.F32.assertSum(expected[t][o], actual[t][o], inputs + 2, magnitude, "output " + o);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 64, 193, 768})
  void lmHead(int channels) {
    Tensor weight = tensor(11, channels);
    float[] x = rows(1, channels)[0];
    float[] actual = new dev.lockstep.backend.naive.f32.LmHead(weight).forward(x);
    double[] expected =
        new dev.lockstep.backend.naive.f64.LmHead(weight).forward(Precision.widened(x));
    for (int id = 0; id < 11; id++) {
      double magnitude = 0;
      for (int c = 0; c < channels; c++) {
        magnitude += Math.abs((double) x[c] * weight.get((long) id * channels + c));
      }
      Tolerance.F32.assertSum(expected[id], actual[id], channels + 1, magnitude, "id " + id);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5, 64, 193, 768})
  void layerNorm(int channels) {
    Tensor weight = tensor(channels);
    Tensor bias = tensor(channels);
    float[][] x = rows(ROWS, channels);
    float[][] actual = new dev.lockstep.backend.naive.f32.LayerNorm(weight, bias, 1e-5).forward(x);
    double[][] expected =
        new dev.lockstep.backend.naive.f64.LayerNorm(weight, bias, 1e-5).forward(widen(x));
    for (int t = 0; t < ROWS; t++) {
      double[] row = Precision.widened(x[t]);
      double mean = Arrays.stream(row).average().orElseThrow();
      double meanMagnitude = Arrays.stream(row).map(Math::abs).average().orElseThrow();
      double variance =
          Arrays.stream(row).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
      double deviation = Math.sqrt(variance + 1e-5);
      for (int c = 0; c < channels; c++) {
        double magnitude =
            (meanMagnitude + Math.abs(row[c] - mean)) / deviation * Math.abs(weight.get(c))
                + Math.abs(bias.get(c));
        Tolerance.F32.assertSum(expected[t][c], actual[t][c], channels + 8, magnitude, "c " + c);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 33, 512})
  void softmax(int n) {
    float[] actual = new float[n];
    for (int i = 0; i < n; i++) {
      actual[i] = (float) random.nextDouble(-30, 30);
    }
    double[] expected = Precision.widened(actual);
    double span = Arrays.stream(expected).max().orElseThrow() + 30;
    dev.lockstep.backend.naive.f32.Softmax.inPlace(actual);
    dev.lockstep.backend.naive.f64.Softmax.inPlace(expected);
    for (int i = 0; i < n; i++) {
      int roundings = n + 4 + 2 * (int) Math.ceil(span);
      Tolerance.F32.assertSum(expected[i], actual[i], roundings, expected[i], "score " + i);
    }
  }

  @Test
  void gelu() {
    float[][] x = new float[1][2001];
    for (int i = 0; i < x[0].length; i++) {
      x[0][i] = (i - 1000) / 100f;
    }
    float[][] actual = new dev.lockstep.backend.naive.f32.Gelu().forward(x);
    double[][] expected = new dev.lockstep.backend.naive.f64.Gelu().forward(widen(x));
    for (int i = 0; i < x[0].length; i++) {
      Tolerance.F32.assertSum(
          expected[0][i], actual[0][i], 8, Math.abs(x[0][i]), "gelu of " + x[0][i]);
    }
  }

  @Test
  void embedding() {
    Tensor wte = tensor(9, 17);
    Tensor wpe = tensor(12, 17);
    int[] tokens = {8, 0, 3};
    float[][] actual = new dev.lockstep.backend.naive.f32.Embedding(wte, wpe).forward(tokens, 9);
    double[][] expected = new dev.lockstep.backend.naive.f64.Embedding(wte, wpe).forward(tokens, 9);
    for (int t = 0; t < tokens.length; t++) {
      for (int c = 0; c < 17; c++) {
        assertEquals((float) expected[t][c], actual[t][c], "one rounding");
      }
    }
  }

  /// An error δ of a score changes its probability by a factor of at most `1 + 2δ`.
  @ParameterizedTest
  @ValueSource(ints = {1, 5, 17, 64, 80})
  void attention(int headSize) {
    int heads = 2;
    int positions = 20;
    float[][] q = rows(positions, heads * headSize);
    float[][] k = rows(positions, heads * headSize);
    float[][] v = rows(positions, heads * headSize);
    float[][] actual =
        new dev.lockstep.backend.naive.f32.CausalSelfAttention(heads, headSize).forward(q, k, v, 0);
    double[][] expected =
        new dev.lockstep.backend.naive.f64.CausalSelfAttention(heads, headSize)
            .forward(widen(q), widen(k), widen(v), 0);
    for (int t = 0; t < positions; t++) {
      for (int c = 0; c < heads * headSize; c++) {
        double score = greatestScore(q[t], k, c / headSize * headSize, headSize, t);
        double value = 0;
        for (int s = 0; s <= t; s++) {
          value = Math.max(value, Math.abs(v[s][c]));
        }
        int roundings = (int) Math.ceil(2 * (headSize + 4) * score) + 2 * t + 10;
        String what = String.format(Locale.ROOT, "position %d, channel %d", t, c);
        Tolerance.F32.assertSum(expected[t][c], actual[t][c], roundings, value, what);
      }
    }
  }

  /// The greatest `Σ|q·k| / √hs` among the positions that a query sees.
  private static double greatestScore(float[] q, float[][] k, int from, int headSize, int last) {
    double greatest = 0;
    for (int s = 0; s <= last; s++) {
      double sum = 0;
      for (int c = from; c < from + headSize; c++) {
        sum += Math.abs((double) q[c] * k[s][c]);
      }
      greatest = Math.max(greatest, sum / Math.sqrt(headSize));
    }
    return greatest;
  }

  private float[][] rows(int n, int channels) {
    float[][] rows = new float[n][channels];
    for (float[] row : rows) {
      for (int c = 0; c < channels; c++) {
        row[c] = (float) random.nextGaussian();
      }
    }
    return rows;
  }

  private static double[][] widen(float[][] rows) {
    return Arrays.stream(rows).map(Precision::widened).toArray(double[][]::new);
  }

  /// A tensor at an odd byte.
  private Tensor tensor(Integer... shape) {
    int elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    MemorySegment data = Arena.ofAuto().allocate(4L * elements + 1, 1).asSlice(1);
    for (int i = 0; i < elements; i++) {
      data.set(Tensor.LAYOUT, 4L * i, (float) random.nextGaussian());
    }
    return new Tensor("test", List.of(shape), data.asReadOnly());
  }
}
