package dev.lockstep.backend.simd.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OffHeapTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 63, 64, 65, 4096, (2 << 20) - 1, 2 << 20, (6 << 20) + 1})
  void memoryIsAlignedZeroedAndWritableToItsEnd(long bytes) {
    try (Arena arena = Arena.ofShared()) {
      OffHeap memory = OffHeap.allocate(bytes, arena);
      assertTrue(memory.byteSize() >= bytes);
      assertEquals(0, memory.address() % OffHeap.ALIGNMENT_BYTES);
      long last = memory.address() + bytes - 1;
      assertEquals(0, OffHeap.EVERYTHING.get(ValueLayout.JAVA_BYTE, last));
      OffHeap.EVERYTHING.set(ValueLayout.JAVA_BYTE, last, (byte) 1);
      assertEquals(1, OffHeap.EVERYTHING.get(ValueLayout.JAVA_BYTE, last));
      assertTrue(memory.hugePageBytes() <= memory.byteSize());
    }
  }
}
