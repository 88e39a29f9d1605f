package dev.lockstep.gpu.driver;

import dev.lockstep.api.BackendOption;
import dev.lockstep.api.BackendOption.SwitchOption;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.OptionValues;
import dev.lockstep.gpu.decoder.GpuOptions;
import dev.lockstep.gpu.device.DeviceList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The options of a backend on a driver API.
///
/// @param device `auto`, a number, or a part of a device's name
/// @param graph whether a token's launches are one graph
/// @param synchronous whether every launch is waited for
/// @param kernels those that all GPU backends share
public record DriverOptions(String device, boolean graph, boolean synchronous, GpuOptions kernels) {
  private static final long RUNTIME_BYTES = 512L << 20;

  /// @param api as its vendor writes it
  /// @param own the backend's own options
  public static List<BackendOption> declared(String api, BackendOption... own) {
    List<BackendOption> options = new ArrayList<>();
    options.add(DeviceList.option("the first"));
    options.addAll(List.of(own));
    options.addAll(GpuOptions.DECLARED);
    options.add(
        new SwitchOption("graph", true, "a token's launches as one captured " + api + " graph"));
    options.add(
        new SwitchOption(
            "synchronous", false, "wait for every launch, so that a failure names its kernel"));
    return List.copyOf(options);
  }

  /// A graph's launches cannot be waited for one by one.
  public static DriverOptions of(OptionValues values) {
    boolean synchronous = values.isOn("synchronous");
    boolean graph = values.isOn("graph") && !synchronous;
    return new DriverOptions(
        values.text("device"), graph, synchronous, GpuOptions.of(values).withRecorded(graph));
  }

  /// What really runs, to be completed.
  public Map<String, String> executionPath() {
    Map<String, String> path = new LinkedHashMap<>();
    path.put("graph", graph ? "on" : "off");
    path.put("synchronous", synchronous ? "on" : "off");
    return path;
  }

  /// Host memory: the runtime's own, and the largest tensor on its way to the device.
  public static long hostBytes(Gpt2Config config) {
    long head = (long) config.vocabSize() * config.nEmbd();
    long widest = 4L * config.nEmbd() * config.nEmbd();
    return RUNTIME_BYTES + Float.BYTES * Math.max(head, widest);
  }
}
