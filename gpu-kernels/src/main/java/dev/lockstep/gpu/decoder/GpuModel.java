package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.gpu.device.GpuDevice;
import java.util.Map;

/// A checkpoint on a device. A backend's `load` is
///
/// ```java
/// GpuDevice device = …;                       // opened as the options say
/// return GpuModel.load(weights, device, GpuOptions.of(options), Map.of("graph", "on"));
/// ```
public abstract class GpuModel implements InferenceModel {

  /// Packs and uploads the weights and compiles the kernels.
  ///
  /// The model owns the device: it closes it when it is closed, and when loading fails. On close
  /// every byte that was allocated has been given back ([GpuDevice#allocatedBytes] is 0), or close
  /// throws.
  ///
  /// @param path what the backend adds to the execution path, after `device` and the rest
  public static GpuModel load(
      Gpt2Weights weights, GpuDevice device, GpuOptions options, Map<String, String> path) {
    throw new UnsupportedOperationException("not written yet");
  }
}
