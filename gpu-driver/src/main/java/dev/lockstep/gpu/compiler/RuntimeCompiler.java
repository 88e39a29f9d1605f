package dev.lockstep.gpu.compiler;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

/// NVRTC or hiprtc, bound through the Foreign Function and Memory API.
///
/// The C interface, with `nvrtc` or `hiprtc` in front of each name (NVRTC's documentation, chapter
/// "Basic usage"; hiprtc's header says the same):
///
/// ```c
/// Result Version(int *major, int *minor);
/// Result CreateProgram(Program *p, const char *source, const char *name,
///                      int n, const char **headers, const char **names);
/// Result CompileProgram(Program p, int n, const char **options);
/// Result GetProgramLogSize(Program p, size_t *n);    Result GetProgramLog(Program p, char *log);
/// Result Get<Form>Size(Program p, size_t *n);        Result Get<Form>(Program p, char *code);
/// Result DestroyProgram(Program *p);
/// const char *GetErrorString(Result r);
/// ```
///
/// One compilation at a time, because hiprtc is not documented to allow more.
public final class RuntimeCompiler {
  private static final int SUCCESS = 0;

  private final CompilerFamily family;
  private final String location;
  private final SymbolLookup symbols;
  private final Linker linker = Linker.nativeLinker();
  private final MethodHandle createProgram;
  private final MethodHandle compileProgram;
  private final MethodHandle destroyProgram;
  private final MethodHandle getErrorString;
  private final String version;

  /// Binds the functions of an open library.
  ///
  /// @param location where it lies
  /// @throws java.util.NoSuchElementException if it lacks one of them
  RuntimeCompiler(CompilerFamily family, String location, SymbolLookup symbols) {
    this.family = family;
    this.location = location;
    this.symbols = symbols;
    createProgram =
        function(
            "CreateProgram",
            ValueLayout.ADDRESS,
            ValueLayout.ADDRESS,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.ADDRESS);
    compileProgram =
        function("CompileProgram", ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
    destroyProgram = function("DestroyProgram", ValueLayout.ADDRESS);
    getErrorString =
        linker.downcallHandle(
            symbols.findOrThrow(family.prefix() + "GetErrorString"),
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
    version = readVersion();
  }

  private MethodHandle function(String name, MemoryLayout... parameters) {
    return linker.downcallHandle(
        symbols.findOrThrow(family.prefix() + name),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters));
  }

  private String readVersion() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment major = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment minor = arena.allocate(ValueLayout.JAVA_INT);
      check(
          "Version",
          (int)
              function("Version", ValueLayout.ADDRESS, ValueLayout.ADDRESS)
                  .invokeExact(major, minor));
      return major.get(ValueLayout.JAVA_INT, 0) + "." + minor.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable e) {
      throw wrapped("Version", e);
    }
  }

  public CompilerFamily family() {
    return family;
  }

  /// Name, version and place, for people and for the cache: `nvrtc 11.8 (libnvrtc.so.11.2)`.
  public String identity() {
    return "%s %s (%s)".formatted(family.prefix(), version, location);
  }

  /// The major and minor version as the library tells them. Older hiprtc tell something else.
  public String version() {
    return version;
  }

  /// The compute capabilities that NVRTC can compile for, ascending: 90 is 9.0.
  public List<Integer> computeCapabilities() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
      check(
          "GetNumSupportedArchs",
          (int) function("GetNumSupportedArchs", ValueLayout.ADDRESS).invokeExact(count));
      int n = count.get(ValueLayout.JAVA_INT, 0);
      MemorySegment known = arena.allocate(ValueLayout.JAVA_INT, Math.max(1, n));
      check(
          "GetSupportedArchs",
          (int) function("GetSupportedArchs", ValueLayout.ADDRESS).invokeExact(known));
      return IntStream.range(0, n)
          .mapToObj(i -> known.getAtIndex(ValueLayout.JAVA_INT, i))
          .sorted()
          .toList();
    } catch (Throwable e) {
      throw wrapped("GetSupportedArchs", e);
    }
  }

  /// Compiles one source. Threads take turns for each vendor's compiler, whichever object they have
  /// it from: hiprtc 5 can end the process if two of them compile at once.
  ///
  /// @param name what the compiler calls it in messages
  /// @throws CompilationException if the compiler does not accept it; the log is in the message
  /// @throws IllegalArgumentException if the target belongs to the other vendor's compiler
  public CompiledCode compile(String source, String name, CompileTarget target) {
    if (target.family() != family) {
      throw new IllegalArgumentException(
          "%s cannot compile for %s".formatted(identity(), target.architecture()));
    }
    synchronized (family) {
      return compileAlone(source, name, target);
    }
  }

  private CompiledCode compileAlone(String source, String name, CompileTarget target) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ValueLayout.ADDRESS);
      check(
          "CreateProgram",
          (int)
              createProgram.invokeExact(
                  slot,
                  arena.allocateFrom(source),
                  arena.allocateFrom(name),
                  0,
                  MemorySegment.NULL,
                  MemorySegment.NULL));
      try {
        MemorySegment program = slot.get(ValueLayout.ADDRESS, 0);
        List<String> options = target.options();
        int result =
            (int) compileProgram.invokeExact(program, options.size(), pointers(arena, options));
        String log = text(output(arena, program, "ProgramLog"));
        if (result != SUCCESS) {
          throw new CompilationException(
              "%s does not compile %s for %s: %s"
                  .formatted(identity(), name, target.architecture(), errorText(result)),
              log);
        }
        return new CompiledCode(output(arena, program, target.form().name()), log);
      } finally {
        check("DestroyProgram", (int) destroyProgram.invokeExact(slot));
      }
    } catch (Throwable e) {
      throw wrapped("compile", e);
    }
  }

  private static MemorySegment pointers(Arena arena, List<String> texts) {
    MemorySegment array = arena.allocate(ValueLayout.ADDRESS, Math.max(1, texts.size()));
    for (int i = 0; i < texts.size(); i++) {
      array.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(texts.get(i)));
    }
    return array;
  }

  /// What a pair of functions `Get…Size` and `Get…` hands out.
  private byte[] output(Arena arena, MemorySegment program, String what) throws Throwable {
    MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
    String sizeName = "Get" + what + "Size";
    check(
        sizeName,
        (int)
            function(sizeName, ValueLayout.ADDRESS, ValueLayout.ADDRESS)
                .invokeExact(program, size));
    long bytes = size.get(ValueLayout.JAVA_LONG, 0);
    if (bytes == 0) {
      return new byte[0];
    }
    MemorySegment buffer = arena.allocate(bytes);
    check(
        "Get" + what,
        (int)
            function("Get" + what, ValueLayout.ADDRESS, ValueLayout.ADDRESS)
                .invokeExact(program, buffer));
    return buffer.toArray(ValueLayout.JAVA_BYTE);
  }

  private static String text(byte[] zeroTerminated) {
    return new String(zeroTerminated, StandardCharsets.UTF_8).replace("\0", "").strip();
  }

  private void check(String name, int result) {
    if (result != SUCCESS) {
      throw new IllegalStateException(
          "%s%s failed: %s".formatted(family.prefix(), name, errorText(result)));
    }
  }

  private String errorText(int result) {
    try {
      MemorySegment text = (MemorySegment) getErrorString.invokeExact(result);
      return text.equals(MemorySegment.NULL)
          ? "error " + result
          : text.reinterpret(1 << 10).getString(0) + " (" + result + ")";
    } catch (Throwable e) {
      return "error " + result;
    }
  }

  /// Method handles are declared to throw anything.
  private IllegalStateException wrapped(String call, Throwable e) {
    return switch (e) {
      case IllegalStateException ours -> ours;
      case Error error -> throw error;
      default -> new IllegalStateException(family.prefix() + call + " failed", e);
    };
  }
}
