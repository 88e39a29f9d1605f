package dev.lockstep.gpu.device;

/// Memory on a device. It starts at a multiple of 64 bytes at least.
public non-sealed interface DeviceBuffer extends Argument, AutoCloseable {
  /// For messages: `h.3.mlp.c_fc.weight`.
  String name();

  long byteSize();

  /// Gives the memory back. The caller sees to it that no launch still uses it. Closing twice does
  /// nothing.
  @Override
  void close();
}
