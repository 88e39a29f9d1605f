package dev.lockstep.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Locale;

/// Narrows float64 to fp32, rounding to the nearest, ties to even, as Hugging Face's software does
/// when it loads such a checkpoint in fp32. Infinities and NaN stay what they are.
final class DoublePrecision {
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat SINGLE =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int CACHE_LINE_BYTES = 64;

  private DoublePrecision() {}

  /// @throws ArithmeticException if a finite value is beyond the range of fp32
  static MemorySegment narrow(MemorySegment doubles, Arena arena) {
    long count = doubles.byteSize() / Double.BYTES;
    MemorySegment narrow = arena.allocate(count * Float.BYTES, CACHE_LINE_BYTES);
    for (long i = 0; i < count; i++) {
      double value = doubles.get(DOUBLE, i * Double.BYTES);
      float rounded = (float) value;
      if (Float.isInfinite(rounded) && Double.isFinite(value)) {
        throw new ArithmeticException(
            String.format(
                Locale.ROOT, "element %d is %s: fp32 ends at %s", i, value, Float.MAX_VALUE));
      }
      narrow.set(SINGLE, i * Float.BYTES, rounded);
    }
    return narrow;
  }
}
