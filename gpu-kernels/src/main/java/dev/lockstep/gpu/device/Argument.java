package dev.lockstep.gpu.device;

/// What a kernel is handed: memory or a 32-bit whole number.
public sealed interface Argument permits DeviceBuffer, Argument.Int {

  /// An `int` parameter.
  record Int(int value) implements Argument {}
}
