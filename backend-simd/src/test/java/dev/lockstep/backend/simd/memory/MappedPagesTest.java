package dev.lockstep.backend.simd.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pages are given back only where nothing can be lost, and nothing is.
class MappedPagesTest {
  private static final int BYTES = 1 << 20;

  @TempDir Path directory;

  private Path file() throws IOException {
    byte[] content = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      content[i] = (byte) (i * 31);
    }
    return Files.write(directory.resolve("weights"), content);
  }

  private static void assertContent(MemorySegment segment, int offset) {
    for (int i = 0; i < segment.byteSize(); i += 997) {
      assertEquals((byte) ((offset + i) * 31), segment.get(ValueLayout.JAVA_BYTE, i));
    }
  }

  @Test
  void aReleasedMappingReadsAsBefore() throws IOException {
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(file())) {
      MemorySegment mapped = channel.map(MapMode.READ_ONLY, 0, BYTES, arena);
      assertContent(mapped, 0);
      MappedPages.release(mapped.asSlice(13, BYTES - 100));
      assertContent(mapped, 0);
    }
  }

  @Test
  void aPrivateMappingKeepsWhatWasWrittenToIt() throws IOException {
    try (Arena arena = Arena.ofConfined();
        FileChannel channel =
            FileChannel.open(file(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment mapped = channel.map(MapMode.PRIVATE, 0, BYTES, arena);
      mapped.fill((byte) 7);
      MappedPages.release(mapped.asReadOnly());
      assertEquals((byte) 7, mapped.get(ValueLayout.JAVA_BYTE, BYTES / 2));
    }
  }

  @Test
  void ordinaryMemoryIsLeftAlone() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(BYTES);
      memory.fill((byte) 7);
      MappedPages.release(memory.asReadOnly());
      assertEquals((byte) 7, memory.get(ValueLayout.JAVA_BYTE, BYTES / 2));
    }
  }

  @Test
  void onlyASharedReadOnlyMappingOfTheWholeRangeCounts() {
    String tail = " 00000000 08:01 42 /weights";
    assertTrue(MappedPages.covers("10000-30000 r--s" + tail, 0x10000, 0x30000));
    assertFalse(MappedPages.covers("10000-30000 r--s" + tail, 0x10000, 0x30001));
    assertFalse(MappedPages.covers("10000-30000 r--s" + tail, 0xffff, 0x20000));
    assertFalse(MappedPages.covers("10000-30000 rw-s" + tail, 0x10000, 0x20000));
    assertFalse(MappedPages.covers("10000-30000 r--p" + tail, 0x10000, 0x20000));
    assertFalse(MappedPages.covers("nonsense", 0x10000, 0x20000));
  }
}
