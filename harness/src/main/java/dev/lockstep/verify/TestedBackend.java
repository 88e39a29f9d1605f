package dev.lockstep.verify;

import dev.lockstep.catalog.BackendVariant;
import dev.lockstep.worker.Worker;
import dev.lockstep.worker.WorkerFailure;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A backend variant in a worker that is started when it is first needed, and again after it was
/// lost.
final class TestedBackend implements AutoCloseable {
  private final RoundingOracle.WorkerOpener opener;
  private final BackendVariant variant;
  private final Duration timeout;
  private @Nullable Worker worker;

  TestedBackend(RoundingOracle.WorkerOpener opener, BackendVariant variant, Duration timeout) {
    this.opener = opener;
    this.variant = variant;
    this.timeout = timeout;
  }

  BackendVariant variant() {
    return variant;
  }

  Duration timeout() {
    return timeout;
  }

  /// Whether it computes something else than fp32 GPT-2 on purpose.
  boolean isApproximate() {
    return variant.backend().approximate(variant.values());
  }

  /// A worker with the model loaded.
  Worker worker() throws WorkerFailure {
    if (worker == null) {
      worker = opener.open(variant);
    }
    return worker;
  }

  Playback.Stage stage() throws WorkerFailure {
    return Playback.Stage.of(worker(), timeout);
  }

  /// Notes a failure: the worker may be gone.
  ///
  /// @return what went wrong, in one line
  String failed(WorkerFailure failure) {
    if (!failure.workerIsAlive()) {
      close();
    }
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
  }

  @Override
  public void close() {
    if (worker != null) {
      worker.close();
      worker = null;
    }
  }
}
