package dev.lockstep.backend.opencl;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jocl.Pointer;

/// Host memory as JOCL wants to see it.
final class HostMemory {
  /// A direct buffer has room for less than 2 GiB.
  static final long MAX_BYTES = 1L << 30;

  private HostMemory() {}

  /// A pointer to at most [#MAX_BYTES] bytes, on the heap (a whole array) or off it.
  static Pointer pointer(MemorySegment memory) {
    Optional<Object> array = memory.heapBase();
    if (array.isEmpty()) {
      return Pointer.to(memory.asByteBuffer());
    }
    return switch (array.get()) {
      case float[] floats -> Pointer.to(floats);
      case int[] ints -> Pointer.to(ints);
      case byte[] bytes -> Pointer.to(bytes);
      default -> throw new IllegalArgumentException("neither floats nor ints: " + memory);
    };
  }
}
