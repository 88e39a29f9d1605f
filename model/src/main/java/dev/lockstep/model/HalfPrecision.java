package dev.lockstep.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Widens 16-bit floats to fp32. Every F16 and BF16 value is exactly an fp32 value, subnormals,
/// infinities and NaN included, so nothing is rounded.
final class HalfPrecision {
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat SINGLE =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int CACHE_LINE_BYTES = 64;

  private HalfPrecision() {}

  /// IEEE 754 binary16 to binary32.
  static MemorySegment widenF16(MemorySegment halves, Arena arena) {
    MemorySegment wide = allocate(halves, arena);
    for (long i = 0; i < halves.byteSize() / Short.BYTES; i++) {
      wide.set(SINGLE, i * Float.BYTES, Float.float16ToFloat(halves.get(HALF, i * Short.BYTES)));
    }
    return wide;
  }

  /// bfloat16, the upper half of a binary32, to binary32.
  static MemorySegment widenBf16(MemorySegment halves, Arena arena) {
    MemorySegment wide = allocate(halves, arena);
    for (long i = 0; i < halves.byteSize() / Short.BYTES; i++) {
      int bits = halves.get(HALF, i * Short.BYTES) << Short.SIZE;
      wide.set(SINGLE, i * Float.BYTES, Float.intBitsToFloat(bits));
    }
    return wide;
  }

  private static MemorySegment allocate(MemorySegment halves, Arena arena) {
    return arena.allocate(halves.byteSize() * 2, CACHE_LINE_BYTES);
  }
}
