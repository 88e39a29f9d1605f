package dev.lockstep.harness.verification;

import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A backend variant in a worker that is started when it is first needed, and again after it was
/// lost.
final class TestedBackend implements AutoCloseable {
  /// A backend that hung this often is not asked again: each question costs the whole timeout.
  private static final int MAX_HANGS = 2;

  private final WorkerFactory factory;
  private final BackendVariant variant;
  private @Nullable Worker worker;
  private int hangs;

  TestedBackend(WorkerFactory factory, BackendVariant variant) {
    this.factory = factory;
    this.variant = variant;
  }

  BackendVariant variant() {
    return variant;
  }

  Duration timeout() {
    return factory.timeout();
  }

  /// Whether it computes something else than fp32 GPT-2 on purpose.
  boolean isApproximate() {
    return variant.isApproximate();
  }

  /// A worker with the model loaded.
  ///
  /// @throws WorkerFailure also if it hung too often
  Worker worker() throws WorkerFailure {
    if (hangs >= MAX_HANGS) {
      throw new WorkerFailure(
          WorkerFailure.Kind.TIMEOUT,
          String.format(
              Locale.ROOT, "%s is not asked any more: it hung %d times", variant.label(), hangs));
    }
    if (worker == null) {
      worker = factory.open(variant);
    }
    return worker;
  }

  Playback.ScriptRunner runner() throws WorkerFailure {
    return Playback.ScriptRunner.of(worker(), timeout());
  }

  /// Notes a failure: the worker may be gone.
  ///
  /// @return what went wrong, in one line
  String failed(WorkerFailure failure) {
    if (failure.kind() == WorkerFailure.Kind.TIMEOUT && hangs < MAX_HANGS) {
      hangs++;
    }
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
