package dev.lockstep.backend.opencl;

import dev.lockstep.gpu.device.DeviceBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.jocl.CL;
import org.jocl.cl_mem;

/// Memory on an OpenCL device, accounted for.
final class ClBuffer implements DeviceBuffer {
  private final String name;
  private final long byteSize;
  private final cl_mem memory;
  private final AtomicLong allocated;
  private boolean closed;

  ClBuffer(String name, long byteSize, cl_mem memory, AtomicLong allocated) {
    this.name = name;
    this.byteSize = byteSize;
    this.memory = memory;
    this.allocated = allocated;
    allocated.addAndGet(byteSize);
  }

  /// @throws IllegalStateException if it is closed: the runtime would read freed memory
  cl_mem memory() {
    if (closed) {
      throw new IllegalStateException("buffer %s is closed".formatted(name));
    }
    return memory;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long byteSize() {
    return byteSize;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      CL.clReleaseMemObject(memory);
      allocated.addAndGet(-byteSize);
    }
  }
}
