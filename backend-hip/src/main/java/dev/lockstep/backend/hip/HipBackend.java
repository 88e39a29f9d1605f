package dev.lockstep.backend.hip;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Backend;
import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import dev.lockstep.gpu.driver.DriverOptions;
import java.util.List;

/// The generated kernels on AMD GPUs: the same kernels, decoder and device as CUDA's, above the HIP
/// runtime.
///
/// The kernels are compiled for two architectures wherever hiprtc is, but nothing here has been run
/// on AMD hardware: until somebody does, take what it says about itself with that in mind.
public final class HipBackend implements Backend {

  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public String id() {
    return "hip";
  }

  @Override
  public String description() {
    return "generated kernels on an AMD GPU (compiled, not yet run on AMD hardware)";
  }

  @Override
  public List<BackendOption> options() {
    return HipOptions.DECLARED;
  }

  @Override
  public List<String> jvmArgs(OptionValues options) {
    return List.of("--enable-native-access=ALL-UNNAMED");
  }

  @Override
  public long privateBytes(Gpt2Config config, OptionValues options) {
    return DriverOptions.hostBytes(config);
  }

  @Override
  public Availability availability(OptionValues options) {
    try {
      return HipMachine.availability(HipOptions.of(options));
    } catch (RuntimeException | LinkageError e) {
      return new Availability.Unavailable(
          "HIP cannot be used: " + e, "see docs/stages/4-hip.md for what it needs");
    }
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    return HipMachine.load(weights, HipOptions.of(options));
  }
}
