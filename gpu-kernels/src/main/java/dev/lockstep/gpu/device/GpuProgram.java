package dev.lockstep.gpu.device;

/// A compiled program on a device.
public interface GpuProgram extends AutoCloseable {

  /// An entry point.
  ///
  /// @throws GpuException if the program has none of this name
  GpuKernel kernel(String name);

  /// How the program came to be, for the execution path: `cubin sm_90 (cached)`, `OpenCL C`.
  String form();

  /// Unloads it. Closing twice does nothing.
  @Override
  void close();
}
