package dev.lockstep.gpu.driver;

import dev.lockstep.gpu.device.HostBuffer;
import java.lang.foreign.MemorySegment;

/// Page-locked host memory.
final class DriverHostBuffer implements HostBuffer, Resource {
  private final DriverDevice device;
  private final MemorySegment memory;
  private boolean closed;

  DriverHostBuffer(DriverDevice device, MemorySegment memory) {
    this.device = device;
    this.memory = memory;
  }

  @Override
  public MemorySegment memory() {
    if (closed) {
      throw new IllegalStateException("the host buffer is closed");
    }
    return memory;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      device.release(this, "freeing page-locked memory", context -> context.freeHost(memory));
    }
  }
}
