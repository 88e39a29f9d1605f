package dev.lockstep.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.gpu.compiler.CompilerFamily;
import dev.lockstep.gpu.compiler.CompilerSearch;
import dev.lockstep.gpu.compiler.RuntimeCompiler;
import dev.lockstep.gpu.driver.CodeMaker;
import dev.lockstep.gpu.driver.DriverDevice;
import dev.lockstep.gpu.testing.CCompiler;
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
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A driver without a card, compiled from `src/test/c` and loaded before anything asks for
/// `libcuda.so.1`: it executes PTX on the CPU and watches what the kernels do to memory. Needs a C
/// compiler. It stays loaded until the JVM ends, so tests that use it have a JVM of their own.
///
/// A test class is extended with it: then the card is loaded before anything of the class runs, or
/// the class is skipped, its `@AfterAll` included, which would ask the card.
final class EmulatedCard implements ExecutionCondition {
  /// Extends a test class that also needs NVRTC.
  static final class WithCompiler implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      ConditionEvaluationResult card = loadFor(context);
      return card.isDisabled() || context.getTestMethod().isPresent() ? card : findCompiler();
    }
  }

  private static final AddressLayout TEXT =
      ValueLayout.ADDRESS.withTargetLayout(
          MemoryLayout.sequenceLayout(1024, ValueLayout.JAVA_BYTE));

  private static @Nullable SymbolLookup loaded;
  private static @Nullable RuntimeCompiler compiler;

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return loadFor(context);
  }

  private static synchronized ConditionEvaluationResult loadFor(ExtensionContext context) {
    if (loaded != null || context.getTestMethod().isPresent()) {
      return ConditionEvaluationResult.enabled("loaded for the class");
    }
    ConditionEvaluationResult possible = Requirement.condition("cc", CCompiler.missing());
    if (!possible.isDisabled()) {
      load();
    }
    return possible;
  }

  private static void load() {
    try {
      Path directory = Files.createTempDirectory("emulated-card");
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

  private static ConditionEvaluationResult findCompiler() {
    return switch (CompilerSearch.find(CompilerFamily.NVRTC, 12)) {
      case CompilerSearch.Found(RuntimeCompiler found) -> {
        compiler = found;
        yield Requirement.condition("nvrtc", null);
      }
      case CompilerSearch.Missing(String reason, String remedy) ->
          Requirement.condition("nvrtc", "%s (%s)".formatted(reason, remedy));
    };
  }

  /// NVRTC, for a class that is extended with [WithCompiler].
  static RuntimeCompiler compiler() {
    return Objects.requireNonNull(compiler);
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
