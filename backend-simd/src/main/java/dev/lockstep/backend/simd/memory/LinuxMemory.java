package dev.lockstep.backend.simd.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// The calls of Linux's C library that map memory and advise the kernel about it (mmap(2),
/// madvise(2)). The constants are those of x86-64 and AArch64.
final class LinuxMemory {
  private static final int PROT_READ_WRITE = 0x1 | 0x2;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;
  private static final int MADV_DONTNEED = 4;
  private static final int MADV_HUGEPAGE = 14;
  private static final long MAP_FAILED = -1;

  private static final @Nullable LinuxMemory INSTANCE = link();

  private final MethodHandle mmap;
  private final MethodHandle munmap;
  private final MethodHandle madvise;

  private LinuxMemory(Linker linker) {
    SymbolLookup libc = linker.defaultLookup();
    mmap =
        linker.downcallHandle(
            libc.findOrThrow("mmap"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG));
    munmap =
        linker.downcallHandle(
            libc.findOrThrow("munmap"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    madvise =
        linker.downcallHandle(
            libc.findOrThrow("madvise"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT));
  }

  private static @Nullable LinuxMemory link() {
    String architecture = System.getProperty("os.arch", "");
    boolean known = architecture.equals("amd64") || architecture.equals("aarch64");
    if (!known || !System.getProperty("os.name", "").equals("Linux")) {
      return null;
    }
    try {
      return new LinuxMemory(Linker.nativeLinker());
    } catch (RuntimeException | LinkageError e) {
      return null;
    }
  }

  static boolean isSupported() {
    return INSTANCE != null;
  }

  /// Maps zeroed memory whose address is a multiple of `alignment` and advises huge pages, which
  /// the kernel may ignore.
  ///
  /// @param bytes a multiple of `alignment`
  /// @return null if the kernel refuses the mapping
  static @Nullable MemorySegment mapHuge(long bytes, long alignment, Arena arena) {
    LinuxMemory linux = INSTANCE;
    return linux == null ? null : linux.map(bytes, alignment, arena);
  }

  private @Nullable MemorySegment map(long bytes, long alignment, Arena arena) {
    try {
      long start =
          (long)
              mmap.invokeExact(
                  0L, bytes + alignment, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
      if (start == MAP_FAILED) {
        return null;
      }
      long aligned = (start + alignment - 1) / alignment * alignment;
      advise(aligned, bytes, MADV_HUGEPAGE);
      return MemorySegment.ofAddress(aligned)
          .reinterpret(bytes, arena, segment -> unmap(start, bytes + alignment));
    } catch (Throwable e) {
      throw new IllegalStateException("cannot map " + bytes + " bytes", e);
    }
  }

  /// Forgets pages, which must be those of a file and unchanged; they are read again when touched.
  static void dropPages(long address, long bytes) {
    LinuxMemory linux = INSTANCE;
    if (linux != null) {
      linux.advise(address, bytes, MADV_DONTNEED);
    }
  }

  /// Advice may be refused; nothing depends on it.
  private void advise(long address, long bytes, int advice) {
    try {
      int ignored = (int) madvise.invokeExact(address, bytes, advice);
    } catch (Throwable e) {
      throw new IllegalStateException("madvise failed", e);
    }
  }

  private void unmap(long start, long bytes) {
    try {
      int ignored = (int) munmap.invokeExact(start, bytes);
    } catch (Throwable e) {
      throw new IllegalStateException("cannot unmap " + bytes + " bytes", e);
    }
  }
}
