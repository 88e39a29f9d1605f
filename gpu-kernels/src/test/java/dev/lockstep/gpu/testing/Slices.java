package dev.lockstep.gpu.testing;

import dev.lockstep.gpu.device.DeviceBuffer;

/// How a device's buffers are cut, so that a test can put something before and behind one.
@FunctionalInterface
public interface Slices {

  /// A part of a buffer as a buffer. It holds no memory of its own, is closed before `whole` is,
  /// and begins where the device lets a buffer begin: at a multiple of 2 048 bytes.
  DeviceBuffer slice(DeviceBuffer whole, long fromByte, long bytes);
}
