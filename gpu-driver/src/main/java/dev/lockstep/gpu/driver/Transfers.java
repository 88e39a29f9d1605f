package dev.lockstep.gpu.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Copies between host and device. The context is current whenever a method is called.
final class Transfers {
  private static final long CHUNK_BYTES = 16L << 20;

  private final DriverContext context;
  private final Staging staging;
  private final List<DriverContext.Event> events = new ArrayList<>();
  private final Deque<DriverContext.Event> idleEvents = new ArrayDeque<>();

  Transfers(DriverContext context) {
    this.context = context;
    staging = new Staging(context);
  }

  /// Returns when the host memory may be used again: at once if there is little of it, which is
  /// staged; else when it has arrived.
  void upload(DriverBuffer to, long toByte, MemorySegment from) {
    if (from.byteSize() <= Staging.MAX_PER_UPLOAD) {
      staging.upload(to.memory(), toByte, from);
    } else if (from.isNative()) {
      context.copyToDevice(to.memory(), toByte, from);
      context.synchronize();
    } else {
      inChunks(
          from,
          (place, chunk, between) -> {
            between.copyFrom(chunk);
            context.copyToDevice(to.memory(), toByte + place, between);
            context.synchronize();
          });
    }
  }

  /// Returns when the values are there.
  void download(DriverBuffer from, long fromByte, MemorySegment to) {
    if (to.isNative()) {
      context.copyToHost(to, from.memory(), fromByte);
      context.synchronize();
    } else {
      inChunks(
          to,
          (place, chunk, between) -> {
            context.copyToHost(between, from.memory(), fromByte + place);
            context.synchronize();
            chunk.copyFrom(between);
          });
    }
  }

  private interface ChunkCopy {
    void copy(long place, MemorySegment chunk, MemorySegment between);
  }

  /// Memory of the Java heap has no address: it is copied by way of native memory.
  private static void inChunks(MemorySegment memory, ChunkCopy copy) {
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment between = temporary.allocate(Math.min(CHUNK_BYTES, memory.byteSize()));
      for (long at = 0; at < memory.byteSize(); at += CHUNK_BYTES) {
        long bytes = Math.min(CHUNK_BYTES, memory.byteSize() - at);
        copy.copy(at, memory.asSlice(at, bytes), between.asSlice(0, bytes));
      }
    }
  }

  /// Queues a copy to page-locked memory and marks its end.
  DriverContext.Event read(DriverBuffer from, long fromByte, MemorySegment pageLocked) {
    DriverContext.Event event = idleEvent();
    context.copyToHost(pageLocked, from.memory(), fromByte);
    context.record(event);
    return event;
  }

  private DriverContext.Event idleEvent() {
    if (idleEvents.isEmpty()) {
      DriverContext.Event created = context.createEvent();
      events.add(created);
      return created;
    }
    return idleEvents.pop();
  }

  /// Waits for a copy that [#read] queued; its event is then free for another.
  void await(DriverContext.Event event) {
    context.await(event);
    idleEvents.push(event);
  }

  /// Gives events and staging memory back. Nothing is under way.
  void close() {
    events.forEach(context::destroy);
    staging.close();
  }
}
