package dev.lockstep.harness.diagnosis.hint;

import java.util.List;
import java.util.function.DoubleUnaryOperator;

/// Formats narrower than single precision, as roundings.
///
/// @param name for people
/// @param halfUlp the largest relative error of one rounding
record Precision(String name, double halfUlp, DoubleUnaryOperator rounding) {
  static final Precision BFLOAT16 = new Precision("bfloat16", 0x1p-9, x -> keepBits(x, 16));
  /// Within float16's range the two round alike: 10 bits of mantissa are kept.
  static final Precision FLOAT16 =
      new Precision(
          "float16 or TF32", 0x1p-11, x -> Float.float16ToFloat(Float.floatToFloat16((float) x)));
  static final Precision TF32 = new Precision("TF32", 0x1p-11, x -> keepBits(x, 13));

  static final List<Precision> ALL = List.of(BFLOAT16, FLOAT16, TF32);

  /// The cheap ways to get there: cutting bits off, and rounding ties away from zero, as
  /// converting instructions of GPUs do.
  static final List<Precision> CUT =
      List.of(
          new Precision("bfloat16 by cutting bits off", 0x1p-8, x -> cutBits(x, 16, 0)),
          new Precision("TF32 by cutting bits off", 0x1p-10, x -> cutBits(x, 13, 0)),
          new Precision("TF32, ties away from zero", 0x1p-11, x -> cutBits(x, 13, 1 << 12)));

  /// Rounds to nearest, ties to even, dropping the last bits of the mantissa.
  private static double keepBits(double x, int dropped) {
    int bits = Float.floatToRawIntBits((float) x);
    int half = (1 << (dropped - 1)) - 1;
    int rounded = (bits + half + (bits >>> dropped & 1)) & -(1 << dropped);
    return Float.intBitsToFloat(rounded);
  }

  private static double cutBits(double x, int dropped, int added) {
    return Float.intBitsToFloat(Float.floatToRawIntBits((float) x) + added & -(1 << dropped));
  }

  /// Whether a value has no more bits than this format.
  boolean holds(double x) {
    return rounding.applyAsDouble(x) == x;
  }
}
