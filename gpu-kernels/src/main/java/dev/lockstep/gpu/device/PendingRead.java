package dev.lockstep.gpu.device;

/// A read-back under way.
public interface PendingRead {
  /// Returns when the values are in host memory.
  ///
  /// @throws GpuException if this read, or a launch before it, failed
  void await();
}
