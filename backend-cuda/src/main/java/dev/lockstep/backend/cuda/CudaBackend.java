package dev.lockstep.backend.cuda;

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

/// Stage 4: the mathematics as kernels that are written, at run time, for one model and one card.
///
/// What it teaches: on a GPU a token is bound by how fast the weights are read, once the gaps
/// between launches are gone. So kernels are generated with the model's sizes as literals
/// (`specialise`), neighbouring operations share one (`fuse`), and all launches of a token are one
/// captured graph (`graph`). Each can be switched off alone, and none changes a bit of the result.
public final class CudaBackend implements Backend {

  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public String id() {
    return "cuda";
  }

  @Override
  public String description() {
    return "generated kernels on an NVIDIA GPU, a token as one CUDA graph";
  }

  @Override
  public List<BackendOption> options() {
    return DriverOptions.declared("CUDA");
  }

  @Override
  public List<String> jvmArgs(OptionValues options) {
    return List.of("--enable-native-access=ALL-UNNAMED");
  }

  /// In host memory: the driver's own, and weights on their way to the device.
  @Override
  public long privateBytes(Gpt2Config config, OptionValues options) {
    return DriverOptions.hostBytes(config);
  }

  @Override
  public Availability availability(OptionValues options) {
    try {
      return CudaMachine.availability(DriverOptions.of(options));
    } catch (RuntimeException | LinkageError e) {
      return new Availability.Unavailable(
          "CUDA cannot be used: " + e, "see docs/stages/4-cuda.md for what it needs");
    }
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    return CudaMachine.load(weights, DriverOptions.of(options));
  }
}
