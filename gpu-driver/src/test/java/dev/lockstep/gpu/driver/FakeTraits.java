package dev.lockstep.gpu.driver;

import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;

/// What a [RecordingContext] claims to be.
final class FakeTraits {
  static final DeviceTraits CUDA =
      new DeviceTraits("Fake GPU", Dialect.CUDA, true, 32, 4, 4, 1024, 49_152, 1 << 30);

  private FakeTraits() {}
}
