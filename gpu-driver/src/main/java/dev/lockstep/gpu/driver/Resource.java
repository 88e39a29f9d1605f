package dev.lockstep.gpu.driver;

/// Something of a device's that must be given back.
interface Resource extends AutoCloseable {
  @Override
  void close();
}
