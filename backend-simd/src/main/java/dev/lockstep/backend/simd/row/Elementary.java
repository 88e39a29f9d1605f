package dev.lockstep.backend.simd.row;

/// exp and tanh as chains of fused multiply-adds, and GELU on top: the scalar twin of the vector
/// code in [VectorRows], operation for operation.
///
/// Why not `Math.exp`: the interpreter, the compiled code and the vector library give different
// last
/// bits, so a first token could differ from the second run's. These have one result on every
/// machine, at every width, cold and warm.
///
/// The polynomials are minimax fits (Remez) of the relative error on the reduced interval. The
// bounds
/// below are held by a dense sweep against double precision.
public final class Elementary {
  static final float LOG2_E = 1.44269504f;
  static final float LN2_HIGH = 0x1.62e43p-1f;
  static final float LN2_LOW = -0x1.05c610p-29f;

  /// Adding and subtracting 1.5 · 2²³ rounds to a whole number, which is then in the low bits.
  static final float ROUNDER = 0x1.8p23f;

  static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);
  static final int EXPONENT_BIAS = 127;
  static final int MANTISSA_BITS = 23;

  /// Below it exp is 0, above the other it is infinite.
  static final float EXP_LOWEST = -104f;

  static final float EXP_HIGHEST = 89f;

  static final float E2 = 0x1.fffffcp-2f;
  static final float E3 = 0x1.555492p-3f;
  static final float E4 = 0x1.5558f2p-5f;
  static final float E5 = 0x1.1239e2p-7f;
  static final float E6 = 0x1.6a2434p-10f;

  /// Where tanh passes from its polynomial to exp.
  static final float TANH_SMALL = 0.625f;

  /// From here on tanh is 1 in single precision.
  static final float TANH_SATURATED = 10f;

  static final float T3 = -0x1.555536p-2f;
  static final float T5 = 0x1.1107c2p-3f;
  static final float T7 = -0x1.b84c8ap-5f;
  static final float T9 = 0x1.527fb0p-6f;
  static final float T11 = -0x1.773ccep-8f;

  static final float GELU_CUBE = 0.044715f;
  static final float SQRT_2_OVER_PI = 0.7978845608f;

  private Elementary() {}

  /// `eˣ`, within 1.1 ulp; subnormal results within 1.1 units of the smallest float; 0 below −104,
  // infinite
  /// above 88.73, NaN of NaN.
  ///
  /// `x = n·ln 2 + r` with `|r| ≤ ½·ln 2`, `eʳ = 1 + (r + r²·q(r))`, then twice a power of two,
  /// halves of n, so that neither factor over- nor underflows.
  public static float exp(float x) {
    float clamped = Math.min(Math.max(x, EXP_LOWEST), EXP_HIGHEST);
    float shifted = Math.fma(clamped, LOG2_E, ROUNDER);
    float whole = shifted - ROUNDER;
    float r = Math.fma(whole, -LN2_LOW, Math.fma(whole, -LN2_HIGH, clamped));
    float q = Math.fma(E6, r, E5);
    q = Math.fma(q, r, E4);
    q = Math.fma(q, r, E3);
    q = Math.fma(q, r, E2);
    float p = Math.fma(r * r, q, r) + 1f;
    int n = Float.floatToRawIntBits(shifted) - ROUNDER_BITS;
    int half = n >> 1;
    return p * powerOfTwo(half) * powerOfTwo(n - half);
  }

  private static float powerOfTwo(int n) {
    return Float.intBitsToFloat((n + EXPONENT_BIAS) << MANTISSA_BITS);
  }

  /// `tanh x`, within 1.5 ulp; odd, ±1 from 10 on, NaN of NaN.
  ///
  /// `x + x³·t(x²)` below 0.625, else `1 − 2 / (e²ˣ + 1)`.
  public static float tanh(float x) {
    float magnitude = Math.abs(x);
    if (magnitude < TANH_SMALL) {
      float z = x * x;
      float t = Math.fma(T11, z, T9);
      t = Math.fma(t, z, T7);
      t = Math.fma(t, z, T5);
      t = Math.fma(t, z, T3);
      return Math.fma(x * z, t, x);
    }
    float limited = Math.min(magnitude, TANH_SATURATED);
    float large = 1f - 2f / (exp(limited + limited) + 1f);
    return x < 0 ? -large : large;
  }

  /// [RowKernels#gelu] of one element.
  static float gelu(float x) {
    float cubed = x * x * x;
    float inner = Math.fma(GELU_CUBE, cubed, x) * SQRT_2_OVER_PI;
    float half = 0.5f * x;
    return Math.fma(half, tanh(inner), half);
  }
}
