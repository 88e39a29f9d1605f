package dev.lockstep.backend.hip;

import dev.lockstep.gpu.device.DeviceList;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;

/// What the runtime tells of a device.
///
/// @param ordinal its number
/// @param name as the runtime calls it
/// @param pciAddress where it sits: `0000:03:00.0`
/// @param computeUnits how many
/// @param waveWidth threads that run in step: 64 (CDNA, GCN) or 32 (RDNA)
/// @param threadsPerGroup at most
/// @param localBytesPerGroup local memory that a kernel may declare statically
/// @param memoryBytes its memory
record HipDevice(
    int ordinal,
    String name,
    String pciAddress,
    int computeUnits,
    int waveWidth,
    int threadsPerGroup,
    int localBytesPerGroup,
    long memoryBytes)
    implements DeviceList.Entry {

  /// Loads of 16 bytes a thread.
  DeviceTraits traits() {
    return new DeviceTraits(
        name,
        Dialect.HIP,
        true,
        waveWidth,
        4,
        computeUnits,
        threadsPerGroup,
        localBytesPerGroup,
        memoryBytes);
  }
}
