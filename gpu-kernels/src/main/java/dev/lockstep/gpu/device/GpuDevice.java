package dev.lockstep.gpu.device;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// A device with one queue: what is queued runs in order, each launch seeing all that the ones
/// before it wrote.
///
/// Its methods are called by one thread at a time, but not always the same one (an implementation
/// over CUDA makes its context current in every call). A failure is a [GpuException]; a kernel that
/// failed while nobody waited is reported by the next call that does.
public interface GpuDevice extends AutoCloseable {

  DeviceTraits traits();

  /// Compiles a program for this device.
  ///
  /// @throws GpuException with the compiler's log
  GpuProgram compile(KernelSource source);

  /// Memory of `bytes` bytes, at least 1, of unspecified content.
  ///
  /// @throws GpuException naming the buffer, its size and what is already held
  DeviceBuffer allocate(String name, long bytes);

  /// Host memory for [#read].
  HostBuffer allocateHost(long bytes);

  /// Copies all of `from` (any host memory) to a place in a buffer, in the order of the queue.
  /// When it returns, `from` may be used again.
  void upload(DeviceBuffer to, long toByte, MemorySegment from);

  /// Fills all of `to` (any host memory) from a place in a buffer, after everything queued so far;
  /// returns when the values are there.
  void download(DeviceBuffer from, long fromByte, MemorySegment to);

  /// Queues a copy to host memory and returns at once.
  PendingRead read(DeviceBuffer from, long fromByte, HostBuffer to, long toByte, long bytes);

  /// Queues a launch and returns at once.
  void launch(Launch launch);

  /// Runs launches one after the other and waits for them.
  ///
  /// @return how long each took on the device, in nanoseconds; by the host's clock, with the wait
  ///     for it, where the device has none
  default long[] time(List<Launch> launches) {
    synchronize();
    long[] nanos = new long[launches.size()];
    for (int i = 0; i < nanos.length; i++) {
      long start = System.nanoTime();
      launch(launches.get(i));
      synchronize();
      nanos[i] = System.nanoTime() - start;
    }
    return nanos;
  }

  /// Prepares launches for being queued together. Buffers among the arguments must outlive it.
  ///
  /// @param name for messages: `decode`
  LaunchSequence record(String name, List<Launch> launches);

  /// Waits until everything queued is done.
  void synchronize();

  /// Bytes of device memory that buffers of this device hold now.
  long allocatedBytes();

  /// Gives everything back. Closing twice does nothing.
  @Override
  void close();
}
