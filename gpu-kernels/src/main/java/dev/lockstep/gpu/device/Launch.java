package dev.lockstep.gpu.device;

import java.util.List;
import java.util.Locale;

/// One launch of a kernel on a one-dimensional grid.
///
/// @param kernel what runs
/// @param what which of its launches this is, for messages: `h.3.mlp.c_fc`
/// @param groups work-groups
/// @param threads threads of each
/// @param arguments in the order of the kernel's parameters
public record Launch(
    GpuKernel kernel, String what, int groups, int threads, List<Argument> arguments) {
  public Launch {
    arguments = List.copyOf(arguments);
    if (groups < 1 || threads < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "kernel %s (%s): %d groups of %d threads",
              kernel.name(),
              what,
              groups,
              threads));
    }
  }

  /// How messages name it: `kernel c_fc (h.3.mlp.c_fc), 96 groups of 256 threads`.
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "kernel %s (%s), %d groups of %d threads",
        kernel.name(),
        what,
        groups,
        threads);
  }
}
