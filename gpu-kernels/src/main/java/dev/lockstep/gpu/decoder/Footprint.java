package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.kernel.Geometry;

/// What a model and one session of it hold on the device, in bytes.
public final class Footprint {
  private Footprint() {}

  /// Weights (the head tied), room for a pass, one session's keys and values.
  public static long bytes(Gpt2Config config, Dialect dialect) {
    DeviceTraits typical = DeviceTraits.typical(dialect);
    DeviceTraits roomy =
        new DeviceTraits(
            typical.name(),
            dialect,
            typical.gpu(),
            typical.waveWidth(),
            typical.vectorWidth(),
            typical.computeUnits(),
            typical.maxThreadsPerGroup(),
            Long.MAX_VALUE,
            typical.memoryBytes());
    Geometry geometry = new Geometry(config, roomy);
    return DeviceWeights.bytes(config)
        + Workspace.bytes(geometry)
        + DeviceSequence.bytes(geometry)
        + (long) Float.BYTES * config.vocabSize();
  }
}
