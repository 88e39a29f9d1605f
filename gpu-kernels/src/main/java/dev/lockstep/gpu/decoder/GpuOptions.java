package dev.lockstep.gpu.decoder;

import dev.lockstep.api.BackendOption;
import dev.lockstep.api.BackendOption.ChoiceOption;
import dev.lockstep.api.BackendOption.SwitchOption;
import dev.lockstep.api.OptionValues;
import dev.lockstep.gpu.kernel.KernelOptions;
import java.util.List;

/// What every GPU backend lets its user choose. The switches each take one step of the way back, to
/// measure it alone, and do not change a bit of a result; `order` does. A backend appends options
/// of its own to [#DECLARED].
///
/// @param kernels the options `fuse`, `specialise` and `order`
/// @param recorded a token's launches queued as one [dev.lockstep.gpu.device.LaunchSequence], or
///     one by one; the CUDA backend's option `graph`, no option elsewhere
public record GpuOptions(KernelOptions kernels, boolean recorded) {
  static final String ONE_ORDER = "one";
  static final String FAST_ORDER = "fast";

  /// The options that all GPU backends have.
  public static final List<BackendOption> DECLARED =
      List.of(
          new SwitchOption(
              "fuse", true, "LayerNorm, bias, GELU and residual inside the products' kernels"),
          new SwitchOption(
              "specialise", true, "the model's sizes as literals in the kernels' source"),
          new ChoiceOption(
              "order",
              ONE_ORDER,
              List.of(ONE_ORDER, FAST_ORDER),
              "one: a prompt has the bits of its tokens one by one; fast: it need not"));

  /// The values of [#DECLARED]; recorded.
  public static GpuOptions of(OptionValues values) {
    return new GpuOptions(
        new KernelOptions(
            values.isOn("fuse"), values.isOn("specialise"), values.text("order").equals(ONE_ORDER)),
        true);
  }

  /// The same with a token's launches queued one by one, or together.
  public GpuOptions withRecorded(boolean recorded) {
    return new GpuOptions(kernels, recorded);
  }
}
