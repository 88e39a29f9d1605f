package dev.lockstep.backend.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The few calls of NVIDIA's driver that tell what a machine has, bound directly: JCuda's own
/// library cannot be loaded where there is no driver, and fails with an `Error` that says little.
final class Libcuda implements CudaProbe {
  private static final String LIBRARY = "libcuda.so.1";

  // CUdevice_attribute of cuda.h.
  private static final int MAX_THREADS_PER_BLOCK = 1;
  private static final int MAX_SHARED_MEMORY_PER_BLOCK = 8;
  private static final int WARP_SIZE = 10;
  private static final int MULTIPROCESSOR_COUNT = 16;
  private static final int COMPUTE_CAPABILITY_MAJOR = 75;
  private static final int COMPUTE_CAPABILITY_MINOR = 76;

  private static final int NAME_BYTES = 256;

  private final SymbolLookup symbols;
  private final Linker linker = Linker.nativeLinker();

  private Libcuda(SymbolLookup symbols) {
    this.symbols = symbols;
  }

  /// The driver, or null if there is none. It stays loaded.
  static @Nullable Libcuda find() {
    try {
      return new Libcuda(SymbolLookup.libraryLookup(LIBRARY, Arena.global()));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private MethodHandle function(String name, MemoryLayout... parameters) {
    return linker.downcallHandle(
        symbols.findOrThrow(name), FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters));
  }

  @Override
  public int init() {
    try {
      return (int) function("cuInit", ValueLayout.JAVA_INT).invokeExact(0);
    } catch (Throwable e) {
      throw wrapped("cuInit", e);
    }
  }

  @Override
  public int driverVersion() {
    return integer("cuDriverGetVersion");
  }

  @Override
  public List<CudaDevice> devices() {
    List<CudaDevice> devices = new ArrayList<>();
    int count = integer("cuDeviceGetCount");
    for (int ordinal = 0; ordinal < count; ordinal++) {
      devices.add(device(ordinal));
    }
    return devices;
  }

  private CudaDevice device(int ordinal) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ValueLayout.JAVA_INT);
      check(
          "cuDeviceGet",
          (int)
              function("cuDeviceGet", ValueLayout.ADDRESS, ValueLayout.JAVA_INT)
                  .invokeExact(slot, ordinal));
      int device = slot.get(ValueLayout.JAVA_INT, 0);
      MemorySegment name = arena.allocate(NAME_BYTES);
      check(
          "cuDeviceGetName",
          (int)
              function(
                      "cuDeviceGetName",
                      ValueLayout.ADDRESS,
                      ValueLayout.JAVA_INT,
                      ValueLayout.JAVA_INT)
                  .invokeExact(name, NAME_BYTES, device));
      MemorySegment memory = arena.allocate(ValueLayout.JAVA_LONG);
      check(
          "cuDeviceTotalMem",
          (int)
              function("cuDeviceTotalMem_v2", ValueLayout.ADDRESS, ValueLayout.JAVA_INT)
                  .invokeExact(memory, device));
      return new CudaDevice(
          ordinal,
          name.getString(0),
          attribute(COMPUTE_CAPABILITY_MAJOR, device),
          attribute(COMPUTE_CAPABILITY_MINOR, device),
          attribute(MULTIPROCESSOR_COUNT, device),
          attribute(WARP_SIZE, device),
          attribute(MAX_THREADS_PER_BLOCK, device),
          attribute(MAX_SHARED_MEMORY_PER_BLOCK, device),
          memory.get(ValueLayout.JAVA_LONG, 0));
    } catch (Throwable e) {
      throw wrapped("asking for device " + ordinal, e);
    }
  }

  private int attribute(int attribute, int device) throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
      check(
          "cuDeviceGetAttribute",
          (int)
              function(
                      "cuDeviceGetAttribute",
                      ValueLayout.ADDRESS,
                      ValueLayout.JAVA_INT,
                      ValueLayout.JAVA_INT)
                  .invokeExact(value, attribute, device));
      return value.get(ValueLayout.JAVA_INT, 0);
    }
  }

  private int integer(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
      check(name, (int) function(name, ValueLayout.ADDRESS).invokeExact(value));
      return value.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable e) {
      throw wrapped(name, e);
    }
  }

  private static void check(String call, int code) {
    if (code != 0) {
      throw new IllegalStateException(String.format(Locale.ROOT, "%s returned %d", call, code));
    }
  }

  private static IllegalStateException wrapped(String call, Throwable e) {
    return switch (e) {
      case IllegalStateException ours -> ours;
      case Error error -> throw error;
      default -> new IllegalStateException(call + " failed: " + e, e);
    };
  }
}
