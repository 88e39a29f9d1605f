package dev.lockstep.backend.hip;

import dev.lockstep.api.BackendOption;
import dev.lockstep.api.BackendOption.SwitchOption;
import dev.lockstep.api.BackendOption.TextOption;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.OptionValues;
import dev.lockstep.gpu.decoder.GpuOptions;
import dev.lockstep.gpu.device.DeviceList;
import java.util.ArrayList;
import java.util.List;

/// The options of the HIP backend.
///
/// @param device `auto`, a number, or a part of a device's name
/// @param architecture what to compile for; `auto` asks the kernel driver
/// @param graph whether a token's launches are one graph
/// @param synchronous whether every launch is waited for
/// @param kernels those that all GPU backends share
record HipOptions(
    String device, String architecture, boolean graph, boolean synchronous, GpuOptions kernels) {
  private static final long RUNTIME_BYTES = 512L << 20;

  static final List<BackendOption> DECLARED = declared();

  private static List<BackendOption> declared() {
    List<BackendOption> options = new ArrayList<>();
    options.add(DeviceList.option("the first"));
    options.add(
        new TextOption(
            "architecture", "auto", "what to compile for, such as gfx90a; auto: the device's"));
    options.addAll(GpuOptions.DECLARED);
    options.add(new SwitchOption("graph", true, "a token's launches as one captured HIP graph"));
    options.add(
        new SwitchOption(
            "synchronous", false, "wait for every launch, so that a failure names its kernel"));
    return List.copyOf(options);
  }

  static HipOptions of(OptionValues values) {
    boolean synchronous = values.isOn("synchronous");
    boolean graph = values.isOn("graph") && !synchronous;
    return new HipOptions(
        values.text("device"),
        values.text("architecture"),
        graph,
        synchronous,
        GpuOptions.of(values).withRecorded(graph));
  }

  /// Host memory: the runtime's own, and the largest tensor on its way to the device.
  static long hostBytes(Gpt2Config config) {
    long head = (long) config.vocabSize() * config.nEmbd();
    long widest = 4L * config.nEmbd() * config.nEmbd();
    return RUNTIME_BYTES + Float.BYTES * Math.max(head, widest);
  }
}
