package dev.lockstep.harness.measurement.statistics;

import dev.lockstep.harness.worker.WorkerFailure;
import java.util.Locale;

/// What became of a sample.
public enum Status {
  /// It was timed, and its tokens pass.
  OK,
  /// Its answer was wrong, so it has no speed.
  MISMATCH,
  /// The backend cannot run here.
  UNAVAILABLE,
  /// It was not tried: the worker could not be made ready, or had gone.
  NOT_RUN,
  CRASHED,
  TIMEOUT,
  ERROR,
  OUT_OF_MEMORY,
  INVALID_REPLY;

  /// What a failure makes of the sample that it costs.
  public static Status of(WorkerFailure.Kind kind) {
    return switch (kind) {
      case CRASHED -> CRASHED;
      case TIMEOUT -> TIMEOUT;
      case ERROR, NOT_OFFERED -> ERROR;
      case OUT_OF_MEMORY -> OUT_OF_MEMORY;
      case INVALID_REPLY -> INVALID_REPLY;
    };
  }

  /// As the `status` column has it.
  public String label() {
    return this == INVALID_REPLY ? "rubbish" : name().toLowerCase(Locale.ROOT);
  }
}
