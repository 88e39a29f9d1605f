package dev.lockstep.harness.cli;

import dev.lockstep.harness.worker.machine.Pin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where workers may run.
final class PinOption {
  @Option(
      names = "--pin",
      paramLabel = "CPUS",
      description =
          "Workers run on these processors only, such as 0-3,8 (Linux, by taskset): so that they keep to one socket, or away from what else runs. What has as many threads as there are processors has as many as these.")
  private @Nullable String pin;

  /// Does as a plan says.
  void follow(@Nullable String planned) {
    pin = planned;
  }

  /// Null for anywhere.
  ///
  /// @throws dev.lockstep.harness.worker.error.UserError if they cannot run there
  @Nullable Pin pin() {
    return pin == null ? null : Pin.of(pin);
  }
}
