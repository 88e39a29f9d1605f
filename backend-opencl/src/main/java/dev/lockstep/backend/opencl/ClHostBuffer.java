package dev.lockstep.backend.opencl;

import dev.lockstep.gpu.device.HostBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jocl.CL;
import org.jocl.cl_mem;

/// Host memory off the heap, and the device memory of the same size in which a read under way waits
/// to be fetched.
final class ClHostBuffer implements HostBuffer {
  private final Arena arena;
  private final cl_mem staging;
  private final MemorySegment memory;
  private boolean closed;

  @SuppressWarnings("MustBeClosedChecker") // lives until close()
  ClHostBuffer(long bytes, cl_mem staging) {
    this.staging = staging;
    arena = Arena.ofShared();
    memory = arena.allocate(bytes, 64);
  }

  @Override
  public MemorySegment memory() {
    return memory;
  }

  cl_mem staging() {
    return staging;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      CL.clReleaseMemObject(staging);
      arena.close();
    }
  }
}
