package dev.lockstep.gpu.testing;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Backend;
import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import dev.lockstep.gpu.decoder.GpuModel;
import dev.lockstep.gpu.decoder.GpuOptions;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;
import java.util.List;
import java.util.Map;

/// The decoder on a [JavaDevice]: what every GPU backend has in common, without a GPU.
public final class JavaBackend implements Backend {
  private static final DeviceTraits TRAITS = DeviceTraits.typical(Dialect.CUDA);

  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public String id() {
    return "gpu-in-java";
  }

  @Override
  public String description() {
    return "the kernels' Java models";
  }

  @Override
  public List<BackendOption> options() {
    return GpuOptions.DECLARED;
  }

  @Override
  public Availability availability(OptionValues options) {
    return new Availability.Available(TRAITS.name());
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    DeviceTraits noProbe =
        new DeviceTraits(
            TRAITS.name(),
            TRAITS.dialect(),
            false,
            TRAITS.waveWidth(),
            TRAITS.vectorWidth(),
            TRAITS.computeUnits(),
            TRAITS.maxThreadsPerGroup(),
            TRAITS.localMemoryBytes(),
            TRAITS.memoryBytes());
    return GpuModel.load(
        weights, new JavaDevice(weights.config(), noProbe), GpuOptions.of(options), Map.of());
  }
}
