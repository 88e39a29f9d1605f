package dev.lockstep.harness.verification;

import dev.lockstep.harness.worker.WorkerFailure;
import java.util.Locale;

/// The verdict of one step on one prompt.
public enum Outcome {
  PASS,
  /// The backend declares itself approximate: there are figures, and no verdict.
  APPROXIMATE,
  /// The backend did not answer.
  ERROR,
  /// It answered wrongly, which outweighs everything else.
  FAIL;

  static Outcome of(boolean passed, boolean approximate) {
    return passed ? PASS : approximate ? APPROXIMATE : FAIL;
  }

  /// A worker that failed gave no answer, unless what it gave was one that cannot be right.
  static Outcome of(WorkerFailure failure) {
    return failure.kind() == WorkerFailure.Kind.INVALID_REPLY ? FAIL : ERROR;
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
