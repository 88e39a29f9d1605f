package dev.lockstep.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.gpu.compiler.CompilerFamily;
import dev.lockstep.gpu.compiler.CompilerSearch;
import dev.lockstep.gpu.compiler.RuntimeCompiler;
import dev.lockstep.gpu.driver.CodeMaker;
import dev.lockstep.gpu.driver.DriverDevice;
import dev.lockstep.tck.Requirement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A driver without a card, compiled from `src/test/c` and loaded before anything asks for
/// `libcuda.so.1`: it executes PTX on the CPU and watches what the kernels do to memory. Needs a C
/// compiler. It stays loaded until the JVM ends, so tests that use it have a JVM of their own.
final class EmulatedCard {
  private static final AddressLayout TEXT =
      ValueLayout.ADDRESS.withTargetLayout(
          MemoryLayout.sequenceLayout(1024, ValueLayout.JAVA_BYTE));

  private static @Nullable SymbolLookup loaded;

  private EmulatedCard() {}

  /// Loads it; the test is skipped, or fails, where there is no C compiler.
  static synchronized void require() {
    if (loaded != null) {
      return;
    }
    try {
      Path directory = Files.createTempDirectory("emulated-card");
      requireCCompiler();
      int exit =
          new ProcessBuilder("src/test/c/build", directory.toString())
              .inheritIO()
              .start()
              .waitFor();
      assertEquals(0, exit, "src/test/c/build");
      loaded = SymbolLookup.libraryLookup(directory.resolve("libcuda.so.1"), Arena.global());
      linkWhereACopyIsUnfinished(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void requireCCompiler() throws InterruptedException {
    try {
      new ProcessBuilder("cc", "--version").start().waitFor();
    } catch (IOException e) {
      Requirement.lacking("cc", "there is no C compiler: " + e.getMessage());
    }
  }

  /// What a killed process left must not be loaded.
  private static void linkWhereACopyIsUnfinished(Path directory) throws IOException {
    Files.writeString(directory.resolve("libJCudaDriver-12.6.0-linux-x86_64.so"), "half");
    String usual = System.setProperty("java.io.tmpdir", directory.toString());
    try {
      JCudaContext.link();
    } finally {
      System.setProperty("java.io.tmpdir", usual);
    }
  }

  /// NVRTC; the test is skipped, or fails, where it is lacking.
  static RuntimeCompiler requireCompiler() {
    return switch (CompilerSearch.find(CompilerFamily.NVRTC, 12)) {
      case CompilerSearch.Found(RuntimeCompiler compiler) -> compiler;
      case CompilerSearch.Missing(String reason, String remedy) -> {
        Requirement.lacking("nvrtc", "%s (%s)".formatted(reason, remedy));
        throw new AssertionError("lacking() returned");
      }
    };
  }

  static CudaDevice device() {
    Libcuda driver = Objects.requireNonNull(Libcuda.find());
    assertEquals(0, driver.init());
    return driver.devices().getFirst();
  }

  static DriverDevice open(CodeMaker maker, boolean graphs, boolean synchronous) {
    CudaDevice device = device();
    return new DriverDevice(
        JCudaContext.open(device.ordinal()), device.traits(), maker, graphs, synchronous);
  }

  /// The first thing that a kernel or a call did wrong since this was asked last, or nothing.
  static String finding() {
    try {
      MemorySegment text =
          (MemorySegment)
              handle("emulated_card_finding", FunctionDescriptor.of(TEXT)).invokeExact();
      return text.getString(0);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// How many things were not given back to the driver.
  static int held() {
    try {
      return (int)
          handle("emulated_card_held", FunctionDescriptor.of(ValueLayout.JAVA_INT)).invokeExact();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// Sets a variable that the card heeds; null takes it back.
  static void set(String name, @Nullable String value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = value == null ? MemorySegment.NULL : arena.allocateFrom(value);
      handle("emulated_card_set", FunctionDescriptor.ofVoid(TEXT, TEXT))
          .invokeExact(arena.allocateFrom(name), text);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
    return Linker.nativeLinker()
        .downcallHandle(Objects.requireNonNull(loaded).findOrThrow(name), descriptor);
  }
}
