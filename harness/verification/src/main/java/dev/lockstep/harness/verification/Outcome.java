package dev.lockstep.harness.verification;

import dev.lockstep.harness.worker.WorkerFailure;
import java.util.Locale;

/// The verdict of one step on one prompt.
public enum Outcome {
  PASS,
  /// The engine does not show what the step looks at.
  NOT_SHOWN,
  /// The backend declares itself approximate: there are figures, and no verdict.
  APPROXIMATE,
  /// The backend did not answer.
  ERROR,
  /// It answered wrongly, which outweighs everything else.
  FAIL;

  static Outcome of(boolean passed, boolean approximate) {
    return passed ? PASS : approximate ? APPROXIMATE : FAIL;
  }

  /// A worker that failed gave no answer, unless what it gave was one that cannot be right, or it
  /// never said that it would.
  static Outcome of(WorkerFailure failure) {
    return switch (failure.kind()) {
      case INVALID_REPLY -> FAIL;
      case NOT_OFFERED -> NOT_SHOWN;
      case CRASHED, TIMEOUT, ERROR, OUT_OF_MEMORY -> ERROR;
    };
  }

  /// As the `verdict` column has it.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The worse of two.
  public Outcome worse(Outcome other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
