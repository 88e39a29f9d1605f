package dev.lockstep.backend.cuda;

import dev.lockstep.api.BackendOption;
import dev.lockstep.api.BackendOption.SwitchOption;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.OptionValues;
import dev.lockstep.gpu.decoder.GpuOptions;
import dev.lockstep.gpu.device.DeviceList;
import java.util.ArrayList;
import java.util.List;

/// The options of the CUDA backend.
///
/// @param device `auto`, a number, or a part of a device's name
/// @param graph whether a token's launches are one graph
/// @param synchronous whether every launch is waited for
/// @param kernels those that all GPU backends share
record CudaOptions(String device, boolean graph, boolean synchronous, GpuOptions kernels) {
  private static final long DRIVER_BYTES = 512L << 20;

  static final List<BackendOption> DECLARED = declared();

  private static List<BackendOption> declared() {
    List<BackendOption> options = new ArrayList<>();
    options.add(DeviceList.option("the first"));
    options.addAll(GpuOptions.DECLARED);
    options.add(new SwitchOption("graph", true, "a token's launches as one captured CUDA graph"));
    options.add(
        new SwitchOption(
            "synchronous", false, "wait for every launch, so that a failure names its kernel"));
    return List.copyOf(options);
  }

  static CudaOptions of(OptionValues values) {
    boolean synchronous = values.isOn("synchronous");
    boolean graph = values.isOn("graph") && !synchronous;
    return new CudaOptions(
        values.text("device"), graph, synchronous, GpuOptions.of(values).withRecorded(graph));
  }

  /// Host memory: the driver's own, and the largest tensor on its way to the device.
  static long hostBytes(Gpt2Config config) {
    long head = (long) config.vocabSize() * config.nEmbd();
    long widest = 4L * config.nEmbd() * config.nEmbd();
    return DRIVER_BYTES + Float.BYTES * Math.max(head, widest);
  }
}
