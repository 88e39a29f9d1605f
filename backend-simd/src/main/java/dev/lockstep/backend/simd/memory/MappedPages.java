package dev.lockstep.backend.simd.memory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// Gives back the pages of a mapped file once they have been read.
///
/// A mapped checkpoint counts as resident as soon as it is read, so a load that packs it would hold
/// everything twice. The pages stay in the system's cache: a later read (the embedding is read a
/// row at a time) needs no disk.
public final class MappedPages {
  /// The largest page size of ordinary memory in use; a multiple of all smaller ones.
  private static final long PAGE_BYTES = 64 << 10;

  private static final Path MAPS = Path.of("/proc/self/maps");

  private MappedPages() {}

  /// Releases the whole pages inside `segment`, if it is a mapped file that cannot be written: from
  /// any other mapping the same call would throw data away. Where it cannot be told, nothing is
  /// done.
  public static void release(MemorySegment segment) {
    if (!segment.isMapped() || !LinuxMemory.isSupported()) {
      return;
    }
    long from = Math.ceilDiv(segment.address(), PAGE_BYTES) * PAGE_BYTES;
    long to = (segment.address() + segment.byteSize()) / PAGE_BYTES * PAGE_BYTES;
    if (from < to && isSharedAndReadOnly(from, to)) {
      LinuxMemory.dropPages(from, to - from);
    }
  }

  private static boolean isSharedAndReadOnly(long from, long to) {
    try (Stream<String> lines = Files.lines(MAPS)) {
      return lines.anyMatch(line -> covers(line, from, to));
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  /// Whether a line of proc(5) `maps`, `start-end perms …`, is a read-only shared mapping of all of
  /// the range.
  static boolean covers(String line, long from, long to) {
    int dash = line.indexOf('-');
    int space = line.indexOf(' ');
    return dash > 0
        && space > dash
        && line.startsWith(" r--s ", space)
        && Long.compareUnsigned(Long.parseUnsignedLong(line, 0, dash, 16), from) <= 0
        && Long.compareUnsigned(Long.parseUnsignedLong(line, dash + 1, space, 16), to) >= 0;
  }
}
