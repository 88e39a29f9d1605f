package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Activations;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.Launch;
import org.jspecify.annotations.Nullable;

/// One launch of a pass, and the activation that lies in memory after it.
///
/// @param shown what can be shown after the launch, or null
record Step(Launch launch, @Nullable Shown shown) {

  /// The activation under whose name the launch's time is counted: as the launch is called, but for
  /// attention's parts, which make the heads' outputs, the sum that ends a block, and the greedy
  /// choice.
  String operation() {
    String what = launch.what();
    if (what.equals("argmax")) {
      return Activations.LM_HEAD;
    }
    if (what.endsWith(".attn")) {
      return what + ".c_proj.in";
    }
    return what.endsWith(".mlp") ? what.substring(0, what.length() - ".mlp".length()) : what;
  }

  /// Rows of an activation.
  ///
  /// @param name as [dev.lockstep.api.Activations] lists them
  /// @param firstRow the row of the buffer that comes first
  /// @param rows how many are shown; they belong to the last `rows` positions of the pass
  /// @param width floats of a row
  record Shown(String name, DeviceBuffer buffer, int firstRow, int rows, int width) {}
}
