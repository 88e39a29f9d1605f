package dev.lockstep.backend.cuda;

import dev.lockstep.gpu.device.DeviceList;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;

/// What the driver tells of a device.
///
/// @param ordinal its number
/// @param name `NVIDIA H200`
/// @param major of its compute capability
/// @param minor of its compute capability
/// @param multiprocessors how many
/// @param warpSize threads that run in step
/// @param threadsPerBlock at most
/// @param sharedBytesPerBlock shared memory that a kernel may declare statically
/// @param memoryBytes its memory
record CudaDevice(
    int ordinal,
    String name,
    int major,
    int minor,
    int multiprocessors,
    int warpSize,
    int threadsPerBlock,
    int sharedBytesPerBlock,
    long memoryBytes)
    implements DeviceList.Entry {

  /// As compilers name it: 90 is 9.0.
  int computeCapability() {
    return 10 * major + minor;
  }

  /// Loads of 16 bytes a thread.
  DeviceTraits traits() {
    return new DeviceTraits(
        name,
        Dialect.CUDA,
        true,
        warpSize,
        4,
        multiprocessors,
        threadsPerBlock,
        sharedBytesPerBlock,
        memoryBytes);
  }
}
