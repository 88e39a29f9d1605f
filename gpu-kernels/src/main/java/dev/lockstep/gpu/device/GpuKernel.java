package dev.lockstep.gpu.device;

/// An entry point of a program.
public interface GpuKernel {
  /// Its name in the source.
  String name();
}
