package dev.lockstep.gpu.device;

import java.lang.foreign.MemorySegment;

/// Host memory that the device can write to while the host goes on (page-locked where the runtime
/// offers that).
public interface HostBuffer extends AutoCloseable {
  MemorySegment memory();

  @Override
  void close();
}
