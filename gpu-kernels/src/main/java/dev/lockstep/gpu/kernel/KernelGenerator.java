package dev.lockstep.gpu.kernel;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.KernelSource;

/// Writes the kernels of one model for one kind of device.
public final class KernelGenerator {
  private KernelGenerator() {}

  /// The program for a model. The same arguments give the same text, always.
  ///
  /// @param specialise sizes as literals, or as arguments of the kernels
  public static KernelSource generate(Gpt2Config config, DeviceTraits traits, boolean specialise) {
    throw new UnsupportedOperationException("not written yet");
  }
}
