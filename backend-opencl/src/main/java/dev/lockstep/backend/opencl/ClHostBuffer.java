package dev.lockstep.backend.opencl;

import dev.lockstep.gpu.device.HostBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Host memory off the heap, which a read that is under way can write to.
final class ClHostBuffer implements HostBuffer {
  private final Arena arena;
  private final MemorySegment memory;
  private boolean closed;

  @SuppressWarnings("MustBeClosedChecker") // lives until close()
  ClHostBuffer(long bytes) {
    arena = Arena.ofShared();
    memory = arena.allocate(bytes, 64);
  }

  @Override
  public MemorySegment memory() {
    return memory;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      arena.close();
    }
  }
}
