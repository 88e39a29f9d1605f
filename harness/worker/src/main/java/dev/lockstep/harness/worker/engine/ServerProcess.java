package dev.lockstep.harness.worker.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A server that was started here, and ends with this process however that ends: a shell waits
/// beside it for the end of a pipe that this process holds.
final class ServerProcess {
  private static final String GUARD =
      "exec 3<&0; \"$@\" & child=$!; { read -r _ <&3; kill $child; } & wait $child";

  private final Process guard;

  private ServerProcess(Process guard) {
    this.guard = guard;
  }

  /// Its output goes where this process's own goes.
  ///
  /// @throws IOException if there is no shell
  static ServerProcess start(Link.Program program) throws IOException {
    List<String> command = new ArrayList<>(List.of("sh", "-c", GUARD, "sh"));
    command.addAll(program.command());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(program.environment());
    return new ServerProcess(builder.start());
  }

  /// How it ended; null while it runs.
  @Nullable Integer exitCode() {
    return guard.isAlive() ? null : guard.exitValue();
  }
}
