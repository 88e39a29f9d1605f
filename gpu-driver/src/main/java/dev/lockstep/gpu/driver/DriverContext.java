package dev.lockstep.gpu.driver;

import java.lang.foreign.MemorySegment;

/// One device, a context on it, and one stream: the calls of the driver API that [DriverDevice]
/// needs, each passed on as it is. All but [#makeCurrent] expect the context to be current in the
/// calling thread. All throw [DriverException] for whatever the driver does not call a success.
public interface DriverContext extends AutoCloseable {

  /// Device memory.
  ///
  /// @param handle the driver's own
  /// @param address where it is on the device, as a kernel's parameter has it
  record Memory(Object handle, long address) {}

  /// Loaded code.
  record Module(Object handle) {}

  /// An entry point of loaded code.
  record Function(Object handle) {}

  /// A point in the stream.
  record Event(Object handle) {}

  /// Captured launches, ready to be launched together.
  record Graph(Object handle) {}

  /// Makes the context the calling thread's.
  void makeCurrent();

  Memory allocate(long bytes);

  void free(Memory memory);

  /// Page-locked host memory.
  MemorySegment allocateHost(long bytes);

  void freeHost(MemorySegment memory);

  /// Queues a copy of all of `from`, native memory.
  void copyToDevice(Memory to, long toByte, MemorySegment from);

  /// Queues a copy into all of `to`, native memory.
  void copyToHost(MemorySegment to, Memory from, long fromByte);

  /// @param code machine code, or text that the driver compiles
  Module load(byte[] code);

  void unload(Module module);

  Function function(Module module, String name);

  /// Queues a launch on a one-dimensional grid.
  ///
  /// @param parameters an array of pointers to the kernel's parameters, which are copied before
  ///     this returns
  void launch(Function function, int groups, int threads, MemorySegment parameters);

  /// From here on launches are captured instead of queued.
  void beginCapture();

  /// What was captured, made ready. The stream queues again, also where this fails.
  Graph endCapture();

  void launch(Graph graph);

  void destroy(Graph graph);

  Event createEvent();

  /// An event that takes the time when it is reached, and is slower to wait for.
  Event createTimer();

  /// The time between two timers that have been reached, in nanoseconds.
  long elapsedNanos(Event from, Event to);

  /// Marks the end of what is queued now.
  void record(Event event);

  /// Waits until all before the mark is done.
  void await(Event event);

  void destroy(Event event);

  /// Waits until everything queued is done.
  void synchronize();

  /// Destroys the stream and lets go of the context.
  @Override
  void close();
}
