package dev.lockstep.backend.simd.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// Zeroed memory outside the Java heap, aligned for vectors and advised to lie on huge pages.
///
/// `Arena.allocate` fills with zeros before the kernel can be advised, and a page that has been
/// touched stays as small as it was. So on Linux the memory is mapped, then advised
/// (`MADV_HUGEPAGE`), and only then written. Where that is impossible (another system, no native
/// access, a refusal) it is ordinary aligned memory: slower by some TLB misses, otherwise the same,
/// and [#hugePageBytes] says so.
public final class OffHeap {
  /// A cache line, and the widest vector.
  public static final int ALIGNMENT_BYTES = 64;

  /// All of memory, by absolute address. Kernels read through it, so that neither a bounds check
  /// nor the state of an arena stands inside a loop; the code that passes an address answers for
  /// it.
  public static final MemorySegment EVERYTHING = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final long HUGE_PAGE_BYTES = 2L << 20;

  private final MemorySegment segment;

  private OffHeap(MemorySegment segment) {
    this.segment = segment;
  }

  /// Memory that lives as long as `arena`.
  public static OffHeap allocate(long bytes, Arena arena) {
    if (bytes >= HUGE_PAGE_BYTES && LinuxMemory.isSupported()) {
      long rounded = (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
      MemorySegment mapped = LinuxMemory.mapHuge(rounded, HUGE_PAGE_BYTES, arena);
      if (mapped != null) {
        return new OffHeap(mapped);
      }
    }
    return new OffHeap(arena.allocate(Math.max(bytes, 1), ALIGNMENT_BYTES));
  }

  /// The address of the first byte, a multiple of [#ALIGNMENT_BYTES].
  public long address() {
    return segment.address();
  }

  public long byteSize() {
    return segment.byteSize();
  }

  /// How many of the bytes lie on huge pages at this moment, as Linux accounts for them; 0 where it
  /// cannot be told.
  public long hugePageBytes() {
    Path smaps = Path.of("/proc/self/smaps");
    if (!Files.isReadable(smaps)) {
      return 0;
    }
    try (var lines = Files.lines(smaps)) {
      HugePageCount count = new HugePageCount(address(), address() + byteSize());
      lines.forEach(count::line);
      return Math.min(count.bytes, byteSize());
    } catch (IOException | RuntimeException e) {
      return 0;
    }
  }

  /// Sums `AnonHugePages` over the mappings that overlap a range.
  private static final class HugePageCount {
    private final long from;
    private final long to;
    private boolean inside;
    private long bytes;

    HugePageCount(long from, long to) {
      this.from = from;
      this.to = to;
    }

    void line(String line) {
      int space = line.indexOf(' ');
      int dash = line.indexOf('-');
      if (dash > 0 && space > dash) {
        long start = Long.parseUnsignedLong(line, 0, dash, 16);
        long end = Long.parseUnsignedLong(line, dash + 1, space, 16);
        inside = Long.compareUnsigned(start, to) < 0 && Long.compareUnsigned(end, from) > 0;
      } else if (inside && line.startsWith("AnonHugePages:")) {
        String kib = line.substring("AnonHugePages:".length()).toLowerCase(Locale.ROOT);
        bytes += 1024 * Long.parseLong(kib.replace("kb", "").strip());
      }
    }
  }
}
