package dev.lockstep.backend.simd.row;

/// exp as a chain of fused multiply-adds, and GELU on top: the scalar twin of the vector code in
/// [VectorRows], operation for operation.
///
/// Why not `Math.exp`: the interpreter, the compiled code and the vector library give different
/// last bits, so a first token could differ from the second run's. This has one result on every
/// machine, at every width, cold and warm. It is also short: C2 gives up inlining, and boxes every
/// vector, when a loop's body grows past a few thousand nodes.
final class Elementary {
  static final float LOG2_E = 0x1.715476p0f;
  static final float LN2_HIGH = 0x1.62e43p-1f;
  static final float LN2_LOW = -0x1.05c61p-29f;

  /// Adding and subtracting 1.5 · 2²³ rounds to a whole number; its low bits are then that number.
  /// Its own lowest 22 bits are zero, so shifting it left leaves nothing of it.
  static final float ROUNDER = 0x1.8p23f;

  static final int EXPONENT_BIAS = 127;
  static final int MANTISSA_BITS = 23;

  /// The domain of [#exp] is ± this; callers clamp. `e⁻⁸⁷` is 1.6e-38.
  static final float EXP_LIMIT = 87f;

  // Minimax (Remez) fit of (eʳ − 1 − r) / r², relative to eʳ, on |r| ≤ ½·ln 2: error 3.1e-9.
  static final float E2 = 0x1.fffffcp-2f;
  static final float E3 = 0x1.555492p-3f;
  static final float E4 = 0x1.5558f2p-5f;
  static final float E5 = 0x1.1239e2p-7f;
  static final float E6 = 0x1.6a2434p-10f;

  static final float GELU_CUBE = 0.044715f;

  /// `−2·√(2/π)`
  static final float GELU_SCALE = -1.5957691216f;

  private Elementary() {}

  /// `eˣ` for `|x| ≤ 87`, within 1 ulp; NaN of NaN.
  ///
  /// `x = n·ln 2 + r` with `|r| ≤ ½·ln 2`; `eʳ = 1 + (r + r²·q(r))`; times `2ⁿ`, which is exact.
  static float exp(float x) {
    float shifted = Math.fma(x, LOG2_E, ROUNDER);
    float n = shifted - ROUNDER;
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
    float q = Math.fma(E6, r, E5);
    q = Math.fma(q, r, E4);
    q = Math.fma(q, r, E3);
    q = Math.fma(q, r, E2);
    float p = Math.fma(r * r, q, r) + 1f;
    int bits = Float.floatToRawIntBits(shifted) + EXPONENT_BIAS << MANTISSA_BITS;
    return p * Float.intBitsToFloat(bits);
  }

  /// The numerator of a softmax: `exp(x)` for `x ≤ 0`, never less than e⁻⁸⁷.
  static float expOfNonPositive(float x) {
    return exp(Math.max(x, -EXP_LIMIT));
  }

  /// [RowKernels#gelu] of one element, within `4 + 9·|u|` ulp where `u > −15`: the argument of exp
  /// carries four and a half roundings, an error of 9·2⁻²⁴·|u|, which exp makes a relative one; exp
  /// itself, the sum and the quotient add 4·2⁻²⁴.
  static float gelu(float x) {
    float cubed = x * x * x;
    float inner = Math.fma(GELU_CUBE, cubed, x) * GELU_SCALE;
    float limited = Math.min(Math.max(inner, -EXP_LIMIT), EXP_LIMIT);
    return x / (exp(limited) + 1f);
  }
}
