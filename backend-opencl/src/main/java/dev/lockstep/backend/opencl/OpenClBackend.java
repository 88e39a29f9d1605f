package dev.lockstep.backend.opencl;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Backend;
import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import dev.lockstep.gpu.decoder.Footprint;
import dev.lockstep.gpu.decoder.GpuOptions;
import dev.lockstep.gpu.device.DeviceList;
import dev.lockstep.gpu.device.Dialect;
import java.util.ArrayList;
import java.util.List;

/// The generated kernels on any OpenCL device, version 1.2 or later: a GPU of any maker, or the
/// processor itself through PoCL, which is how they are executed where there is no GPU.
public final class OpenClBackend implements Backend {

  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public String id() {
    return "opencl";
  }

  @Override
  public String description() {
    return "generated kernels on an OpenCL device";
  }

  @Override
  public List<BackendOption> options() {
    List<BackendOption> options = new ArrayList<>();
    options.add(DeviceList.option("the first GPU, else the first"));
    options.addAll(GpuOptions.DECLARED);
    return List.copyOf(options);
  }

  @Override
  public List<String> jvmArgs(OptionValues options) {
    return List.of("--enable-native-access=ALL-UNNAMED");
  }

  @Override
  public long privateBytes(Gpt2Config config, OptionValues options) {
    return Footprint.bytes(config, Dialect.OPENCL);
  }

  @Override
  public Availability availability(OptionValues options) {
    try {
      return DeviceChoice.availability(options.text("device"));
    } catch (RuntimeException | LinkageError e) {
      return new Availability.Unavailable("OpenCL cannot be used: " + e, DeviceChoice.REMEDY);
    }
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    return DeviceChoice.load(weights, options.text("device"), GpuOptions.of(options));
  }
}
