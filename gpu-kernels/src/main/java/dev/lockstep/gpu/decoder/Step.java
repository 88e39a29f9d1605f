package dev.lockstep.gpu.decoder;

import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.Launch;
import org.jspecify.annotations.Nullable;

/// One launch of a pass, and the activation that lies in memory after it.
///
/// @param shown what can be shown after the launch, or null
record Step(Launch launch, @Nullable Shown shown) {

  /// Rows of an activation.
  ///
  /// @param name as [dev.lockstep.api.Activations] lists them
  /// @param firstRow the row of the buffer that comes first
  /// @param rows how many are shown; they belong to the last `rows` positions of the pass
  /// @param width floats of a row
  record Shown(String name, DeviceBuffer buffer, int firstRow, int rows, int width) {}
}
