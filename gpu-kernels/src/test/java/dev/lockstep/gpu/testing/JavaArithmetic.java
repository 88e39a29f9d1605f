package dev.lockstep.gpu.testing;

import dev.lockstep.gpu.kernel.SummationOrder;
import java.util.function.IntToDoubleFunction;

/// The arithmetic of the kernels, in Java, operation for operation.
public final class JavaArithmetic {
  private static final int LANES = 256;
  private static final int WAVE = 32;

  private JavaArithmetic() {}

  /// An element of something, as a float.
  @FunctionalInterface
  public interface Elements {
    float at(int index);
  }

  /// `Σ x[k]·w[k]` in chunks.
  public static float product(int k, Elements x, Elements w) {
    int chunk = SummationOrder.chunk(k);
    float sum = 0;
    for (int from = 0; from < k; from += chunk) {
      float chain = chain(from, Math.min(from + chunk, k), x, w);
      sum = from == 0 ? chain : sum + chain;
    }
    return sum;
  }

  /// `Σ x[k]·w[k]` from `from` to `to`, as one chain.
  public static float chain(int from, int to, Elements x, Elements w) {
    float chain = 0;
    for (int k = from; k < to; k++) {
      chain = Math.fma(w.at(k), x.at(k), chain);
    }
    return chain;
  }

  /// Folds what 256 threads have.
  static float fold(float[] lanes) {
    float sum = 0;
    for (int wave = 0; wave < LANES; wave += WAVE) {
      for (int apart = WAVE / 2; apart > 0; apart /= 2) {
        for (int lane = 0; lane < apart; lane++) {
          lanes[wave + lane] += lanes[wave + lane + apart];
        }
      }
      sum = wave == 0 ? lanes[0] : sum + lanes[wave];
    }
    return sum;
  }

  private static float sum(int n, IntToDoubleFunction addend, boolean squared) {
    float[] lanes = new float[LANES];
    for (int i = 0; i < n; i++) {
      float value = (float) addend.applyAsDouble(i);
      lanes[i % LANES] =
          squared ? Math.fma(value, value, lanes[i % LANES]) : lanes[i % LANES] + value;
    }
    return fold(lanes);
  }

  /// LayerNorm of a row.
  public static float[] layerNorm(int n, Elements x, Elements gain, Elements shift, float epsilon) {
    float mean = sum(n, x::at, false) / n;
    float variance = sum(n, i -> x.at(i) - mean, true) / n;
    float r = 1f / (float) Math.sqrt(variance + epsilon);
    float[] y = new float[n];
    for (int i = 0; i < n; i++) {
      y[i] = Math.fma((x.at(i) - mean) * r, gain.at(i), shift.at(i));
    }
    return y;
  }

  /// `eˣ`, clamped to ±87.
  public static float exp(float x) {
    float limited = x < -87f ? -87f : (x > 87f ? 87f : x);
    float shifted = Math.fma(limited, 0x1.715476p0f, 12582912f);
    float n = shifted - 12582912f;
    float r = Math.fma(n, 0x1.05c61p-29f, Math.fma(n, -0x1.62e43p-1f, limited));
    float q = Math.fma(0x1.6a2434p-10f, r, 0x1.1239e2p-7f);
    q = Math.fma(q, r, 0x1.5558f2p-5f);
    q = Math.fma(q, r, 0x1.555492p-3f);
    q = Math.fma(q, r, 0x1.fffffcp-2f);
    float p = Math.fma(r * r, q, r) + 1f;
    return p * Float.intBitsToFloat((Float.floatToRawIntBits(shifted) << 23) + 0x3f800000);
  }

  /// GPT-2's GELU.
  public static float gelu(float x) {
    float inner = Math.fma(0.044715f, x * x * x, x) * -1.5957691216f;
    return x / (exp(inner) + 1f);
  }

  /// `fmax`: a NaN loses.
  static float max(float a, float b) {
    return Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.max(a, b);
  }

  /// Whether logit `v` of id `i` wins over logit `w` of id `j`.
  static boolean wins(float v, int i, float w, int j) {
    return v > w
        || (Float.isNaN(w) && !Float.isNaN(v))
        || ((v == w || (Float.isNaN(v) && Float.isNaN(w))) && i < j);
  }
}
