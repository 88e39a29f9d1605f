package dev.lockstep.backend.hip;

import dev.lockstep.api.BackendOption;
import dev.lockstep.api.BackendOption.TextOption;
import dev.lockstep.api.OptionValues;
import dev.lockstep.gpu.driver.DriverOptions;
import java.util.List;

/// The options of the HIP backend.
///
/// @param driver those that it shares with CUDA
/// @param architecture what to compile for; `auto` asks the kernel driver
record HipOptions(DriverOptions driver, String architecture) {
  static final List<BackendOption> DECLARED =
      DriverOptions.declared(
          "HIP",
          new TextOption(
              "architecture", "auto", "what to compile for, such as gfx90a; auto: the device's"));

  static HipOptions of(OptionValues values) {
    return new HipOptions(DriverOptions.of(values), values.text("architecture"));
  }
}
