package dev.lockstep.gpu.decoder;

import dev.lockstep.api.BackendOption;
import dev.lockstep.api.BackendOption.SwitchOption;
import dev.lockstep.api.OptionValues;
import java.util.List;

/// What every GPU backend lets its user switch off, each to measure one step of the way alone. None
/// of it changes a bit of a result. A backend appends options of its own to [#DECLARED].
///
/// @param fuse LayerNorm, attention's last step, bias, GELU and the residual sum inside the
///     products, or each in a kernel of its own
/// @param specialise sizes as literals in the source, or as arguments of the kernels
/// @param recorded a token's launches queued as one [dev.lockstep.gpu.device.LaunchSequence], or
///     one by one; the CUDA backend's option `graph`, no option elsewhere
public record GpuOptions(boolean fuse, boolean specialise, boolean recorded) {

  /// The options that all GPU backends have.
  public static final List<BackendOption> DECLARED =
      List.of(
          new SwitchOption(
              "fuse", true, "LayerNorm, bias, GELU and residual inside the products' kernels"),
          new SwitchOption(
              "specialise", true, "the model's sizes as literals in the kernels' source"));

  /// The values of [#DECLARED]; recorded.
  public static GpuOptions of(OptionValues values) {
    return new GpuOptions(values.isOn("fuse"), values.isOn("specialise"), true);
  }

  /// The same with a token's launches queued one by one, or together.
  public GpuOptions withRecorded(boolean recorded) {
    return new GpuOptions(fuse, specialise, recorded);
  }
}
