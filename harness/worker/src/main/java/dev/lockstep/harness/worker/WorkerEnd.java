package dev.lockstep.harness.worker;

import dev.lockstep.harness.worker.WorkerFailure.Kind;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// How a worker's process ends, and what is said about it.
final class WorkerEnd {
  static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int SIGKILLED = 128 + 9;

  private WorkerEnd() {}

  /// Kills a process and all that it has started.
  static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /// What to say of a process that has ended, or closed its connection.
  ///
  /// @param said what its log says about it, asked when the process has ended
  static WorkerFailure of(WorkerCommand command, Process process, Supplier<String> said) {
    String how = "ended unexpectedly";
    try {
      if (process.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        int code = process.exitValue();
        how = code > 128 ? "was killed by signal " + (code - 128) : "ended with exit code " + code;
        if (code == SIGKILLED) {
          how += ", as the system does when memory runs out";
        }
      } else {
        kill(process);
      }
    } catch (InterruptedException e) {
      kill(process);
      Thread.currentThread().interrupt();
    }
    String why = said.get();
    return new WorkerFailure(
        Kind.CRASHED,
        "worker %s %s%s (log: %s)"
            .formatted(command.name(), how, why.isEmpty() ? "" : ": " + why, command.log()));
  }
}
