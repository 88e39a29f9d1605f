package dev.lockstep.backend.hip;

import dev.lockstep.gpu.driver.DriverContext;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// The HIP runtime: a device and one stream on it that does not wait for the default one. Every
/// return code is looked at. Handles are the runtime's pointers.
final class HipContext implements DriverContext {
  // Flags of hip_runtime_api.h.
  private static final int STREAM_NON_BLOCKING = 1;
  private static final int EVENT_DEFAULT = 0;
  private static final int EVENT_DISABLE_TIMING = 2;
  private static final int CAPTURE_MODE_RELAXED = 2;
  private static final int HOST_MALLOC_DEFAULT = 0;

  private final HipLibrary hip;
  private final int ordinal;
  private final MemorySegment stream;

  private HipContext(HipLibrary hip, int ordinal) {
    this.hip = hip;
    this.ordinal = ordinal;
    makeCurrent();
    stream =
        handle(
            "hipStreamCreateWithFlags",
            (function, slot) -> (int) function.invokeExact(slot, STREAM_NON_BLOCKING),
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_INT);
  }

  /// Opens a device. It is current in the calling thread.
  static HipContext open(HipLibrary hip, int ordinal) {
    return new HipContext(hip, ordinal);
  }

  /// A call that hands out a pointer through its first parameter.
  @FunctionalInterface
  private interface Maker {
    int make(MethodHandle function, MemorySegment slot) throws Throwable;
  }

  private MemorySegment handle(String name, Maker maker, MemoryLayout... parameters) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ValueLayout.ADDRESS);
      hip.call(name, function -> maker.make(function, slot), parameters);
      return slot.get(ValueLayout.ADDRESS, 0);
    }
  }

  /// A call whose only parameter is a handle.
  private void call(String name, Object handle) {
    MemorySegment pointer = (MemorySegment) handle;
    hip.call(name, function -> (int) function.invokeExact(pointer), ValueLayout.ADDRESS);
  }

  @Override
  public void makeCurrent() {
    hip.call("hipSetDevice", function -> (int) function.invokeExact(ordinal), ValueLayout.JAVA_INT);
  }

  @Override
  public Memory allocate(long bytes) {
    MemorySegment memory =
        handle(
            "hipMalloc",
            (function, slot) -> (int) function.invokeExact(slot, bytes),
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG);
    return new Memory(memory, memory.address());
  }

  @Override
  public void free(Memory memory) {
    call("hipFree", memory.handle());
  }

  @Override
  public MemorySegment allocateHost(long bytes) {
    return handle(
            "hipHostMalloc",
            (function, slot) -> (int) function.invokeExact(slot, bytes, HOST_MALLOC_DEFAULT),
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT)
        .reinterpret(bytes);
  }

  @Override
  public void freeHost(MemorySegment memory) {
    call("hipHostFree", memory);
  }

  private void copy(String name, MemorySegment to, MemorySegment from, long bytes) {
    hip.call(
        name,
        function -> (int) function.invokeExact(to, from, bytes, stream),
        ValueLayout.ADDRESS,
        ValueLayout.ADDRESS,
        ValueLayout.JAVA_LONG,
        ValueLayout.ADDRESS);
  }

  @Override
  public void copyToDevice(Memory to, long toByte, MemorySegment from) {
    copy(
        "hipMemcpyHtoDAsync",
        MemorySegment.ofAddress(to.address() + toByte),
        MemorySegment.ofAddress(from.address()),
        from.byteSize());
  }

  @Override
  public void copyToHost(MemorySegment to, Memory from, long fromByte) {
    copy(
        "hipMemcpyDtoHAsync",
        MemorySegment.ofAddress(to.address()),
        MemorySegment.ofAddress(from.address() + fromByte),
        to.byteSize());
  }

  /// A loaded module and the code that it was loaded from: the runtime does not copy that, it reads
  /// it where it lies.
  private record Loaded(MemorySegment module, Arena code) {}

  @Override
  @SuppressWarnings("MustBeClosedChecker") // the code lives until unload()
  public Module load(byte[] code) {
    Arena arena = Arena.ofShared();
    try {
      MemorySegment image = arena.allocateFrom(ValueLayout.JAVA_BYTE, code);
      MemorySegment module =
          handle(
              "hipModuleLoadData",
              (function, slot) -> (int) function.invokeExact(slot, image),
              ValueLayout.ADDRESS,
              ValueLayout.ADDRESS);
      return new Module(new Loaded(module, arena));
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  @Override
  public void unload(Module module) {
    Loaded loaded = (Loaded) module.handle();
    call("hipModuleUnload", loaded.module());
    loaded.code().close();
  }

  @Override
  public Function function(Module module, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom(name);
      MemorySegment loaded = ((Loaded) module.handle()).module();
      return new Function(
          handle(
              "hipModuleGetFunction",
              (function, slot) -> (int) function.invokeExact(slot, loaded, text),
              ValueLayout.ADDRESS,
              ValueLayout.ADDRESS,
              ValueLayout.ADDRESS));
    }
  }

  @Override
  public void launch(Function function, int groups, int threads, MemorySegment parameters) {
    MemorySegment kernel = (MemorySegment) function.handle();
    hip.call(
        "hipModuleLaunchKernel",
        handle ->
            (int)
                handle.invokeExact(
                    kernel, groups, 1, 1, threads, 1, 1, 0, stream, parameters, MemorySegment.NULL),
        ValueLayout.ADDRESS,
        ValueLayout.JAVA_INT,
        ValueLayout.JAVA_INT,
        ValueLayout.JAVA_INT,
        ValueLayout.JAVA_INT,
        ValueLayout.JAVA_INT,
        ValueLayout.JAVA_INT,
        ValueLayout.JAVA_INT,
        ValueLayout.ADDRESS,
        ValueLayout.ADDRESS,
        ValueLayout.ADDRESS);
  }

  @Override
  public void beginCapture() {
    hip.call(
        "hipStreamBeginCapture",
        function -> (int) function.invokeExact(stream, CAPTURE_MODE_RELAXED),
        ValueLayout.ADDRESS,
        ValueLayout.JAVA_INT);
  }

  @Override
  public Graph endCapture() {
    MemorySegment captured =
        handle(
            "hipStreamEndCapture",
            (function, slot) -> (int) function.invokeExact(stream, slot),
            ValueLayout.ADDRESS,
            ValueLayout.ADDRESS);
    try {
      return new Graph(
          handle(
              "hipGraphInstantiate",
              (function, slot) ->
                  (int)
                      function.invokeExact(
                          slot, captured, MemorySegment.NULL, MemorySegment.NULL, 0L),
              ValueLayout.ADDRESS,
              ValueLayout.ADDRESS,
              ValueLayout.ADDRESS,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG));
    } finally {
      call("hipGraphDestroy", captured);
    }
  }

  @Override
  public void launch(Graph graph) {
    MemorySegment executable = (MemorySegment) graph.handle();
    hip.call(
        "hipGraphLaunch",
        function -> (int) function.invokeExact(executable, stream),
        ValueLayout.ADDRESS,
        ValueLayout.ADDRESS);
  }

  @Override
  public void destroy(Graph graph) {
    call("hipGraphExecDestroy", graph.handle());
  }

  @Override
  public Event createEvent() {
    return createEvent(EVENT_DISABLE_TIMING);
  }

  @Override
  public Event createTimer() {
    return createEvent(EVENT_DEFAULT);
  }

  private Event createEvent(int flags) {
    return new Event(
        handle(
            "hipEventCreateWithFlags",
            (function, slot) -> (int) function.invokeExact(slot, flags),
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_INT));
  }

  @Override
  public long elapsedNanos(Event from, Event to) {
    MemorySegment start = (MemorySegment) from.handle();
    MemorySegment end = (MemorySegment) to.handle();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment millis = arena.allocate(ValueLayout.JAVA_FLOAT);
      hip.call(
          "hipEventElapsedTime",
          function -> (int) function.invokeExact(millis, start, end),
          ValueLayout.ADDRESS,
          ValueLayout.ADDRESS,
          ValueLayout.ADDRESS);
      return Math.round(millis.get(ValueLayout.JAVA_FLOAT, 0) * 1e6);
    }
  }

  @Override
  public void record(Event event) {
    MemorySegment marked = (MemorySegment) event.handle();
    hip.call(
        "hipEventRecord",
        function -> (int) function.invokeExact(marked, stream),
        ValueLayout.ADDRESS,
        ValueLayout.ADDRESS);
  }

  @Override
  public void await(Event event) {
    call("hipEventSynchronize", event.handle());
  }

  @Override
  public void destroy(Event event) {
    call("hipEventDestroy", event.handle());
  }

  @Override
  public void synchronize() {
    call("hipStreamSynchronize", stream);
  }

  @Override
  public void close() {
    call("hipStreamDestroy", stream);
  }
}
