package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.worker.WorkerFailure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one look at a backend found: rows for `verification.csv`, and what is wrong first.
final class Findings {
  private final List<Verification> rows = new ArrayList<>();
  private @Nullable String problem;

  void add(Verification row) {
    rows.add(row);
  }

  /// @param found in one line; null if nothing is wrong
  void wrong(@Nullable String found) {
    if (problem == null) {
      problem = found;
    }
  }

  /// How a backend that failed is told of.
  static String failed(WorkerFailure e) {
    return "beyond the prompts it failed: " + e.getMessage();
  }

  List<Verification> rows() {
    return rows;
  }

  /// The first thing that is wrong, or null.
  @Nullable String problem() {
    return problem;
  }
}
