package dev.lockstep.backend.hip;

import dev.lockstep.gpu.driver.DriverException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The HIP runtime, `libamdhip64`, bound through the Foreign Function and Memory API: functions by
/// name, each with its return code looked at.
final class HipLibrary {
  /// The names of ROCm 7, 6 and 5.
  static final List<String> NAMES =
      List.of("libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5");

  private static final Path ROCM = Path.of("/opt/rocm/lib");
  private static final int SUCCESS = 0;

  private final SymbolLookup symbols;
  private final Linker linker = Linker.nativeLinker();
  private final Map<String, MethodHandle> functions = new ConcurrentHashMap<>();

  private HipLibrary(SymbolLookup symbols) {
    this.symbols = symbols;
  }

  /// The runtime, or null if there is none. It stays loaded.
  static @Nullable HipLibrary find() {
    for (String name : NAMES) {
      for (Object place : new Object[] {name, ROCM.resolve(name)}) {
        try {
          return new HipLibrary(
              place instanceof Path path
                  ? SymbolLookup.libraryLookup(path, Arena.global())
                  : SymbolLookup.libraryLookup(name, Arena.global()));
        } catch (IllegalArgumentException e) {
          continue; // not there: the next
        }
      }
    }
    return null;
  }

  /// A function that returns a `hipError_t`.
  MethodHandle function(String name, MemoryLayout... parameters) {
    return functions.computeIfAbsent(
        name,
        n ->
            linker.downcallHandle(
                symbols.findOrThrow(n), FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters)));
  }

  /// A call through a handle of [#function].
  @FunctionalInterface
  interface Call {
    int make(MethodHandle function) throws Throwable;
  }

  /// Makes a call and returns its code.
  int code(String name, Call call, MemoryLayout... parameters) {
    try {
      return call.make(function(name, parameters));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(name + " failed", e);
    }
  }

  /// Makes a call that must succeed.
  ///
  /// @throws DriverException if it does not
  void call(String name, Call call, MemoryLayout... parameters) {
    int code = code(name, call, parameters);
    if (code != SUCCESS) {
      throw new DriverException(name, code, errorName(code));
    }
  }

  private String errorName(int code) {
    try {
      MethodHandle name =
          linker.downcallHandle(
              symbols.findOrThrow("hipGetErrorName"),
              FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
      MemorySegment text = (MemorySegment) name.invokeExact(code);
      return text.equals(MemorySegment.NULL) ? "error" : text.reinterpret(1 << 10).getString(0);
    } catch (Throwable e) {
      return "error";
    }
  }
}
