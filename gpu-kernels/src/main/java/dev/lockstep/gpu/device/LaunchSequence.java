package dev.lockstep.gpu.device;

/// Launches that are queued together, again and again, with the same arguments: a CUDA graph where
/// there are graphs, a loop over the launches elsewhere.
public interface LaunchSequence extends AutoCloseable {

  /// Queues all launches, in order. Returns at once.
  ///
  /// @throws GpuException naming kernel and launch, as far as the runtime can tell
  void replay();

  @Override
  void close();
}
