package dev.lockstep.harness.verification;

import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A backend variant in a worker that is started when it is first needed, and again after it was
/// lost.
final class TestedBackend implements AutoCloseable {
  /// Whoever hung so often is not asked again: each question costs the whole timeout.
  private static final int MOST_HANGS = 2;

  private final RoundingOracle.WorkerOpener opener;
  private final BackendVariant variant;
  private final Duration timeout;
  private @Nullable Worker worker;
  private int hangs;

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
    return variant.isApproximate();
  }

  /// A worker with the model loaded.
  ///
  /// @throws WorkerFailure also if it hung too often
  Worker worker() throws WorkerFailure {
    if (hangs >= MOST_HANGS) {
      throw new WorkerFailure(
          WorkerFailure.Kind.TIMEOUT,
          String.format(
              Locale.ROOT, "%s is not asked any more: it hung %d times", variant.label(), hangs));
    }
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
    if (failure.kind() == WorkerFailure.Kind.TIMEOUT && hangs < MOST_HANGS) {
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
