package dev.lockstep.gpu.driver;

import java.lang.foreign.MemorySegment;

/// Page-locked memory through which small uploads go, one behind the other, so that a token's id
/// can be queued without waiting. When its end is reached, the queue is waited for, and it begins
/// anew.
final class Staging {
  static final long BYTES = 1 << 16;
  static final long MAX_PER_UPLOAD = BYTES / 8;
  private static final long ALIGNMENT = 64;

  private final DriverContext context;
  private final MemorySegment memory;
  private long next;

  Staging(DriverContext context) {
    this.context = context;
    memory = context.allocateHost(BYTES);
  }

  /// Queues an upload of at most [#MAX_PER_UPLOAD] bytes from any host memory.
  void upload(DriverContext.Memory to, long toByte, MemorySegment from) {
    if (next + from.byteSize() > BYTES) {
      context.synchronize();
      next = 0;
    }
    MemorySegment place = memory.asSlice(next, from.byteSize());
    place.copyFrom(from);
    context.copyToDevice(to, toByte, place);
    next = (next + from.byteSize() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  void close() {
    context.freeHost(memory);
  }
}
