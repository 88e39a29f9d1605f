package dev.lockstep.harness.verification;

import dev.lockstep.harness.worker.ContractJob;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.tck.ContractReport.LawResult;
import dev.lockstep.tck.ContractReport.Status;
import dev.lockstep.tck.ContractRunner;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Holds a backend to the contract's laws about weak points, on models that were made for them: an
/// ordinary model has no scores in the thousands, no infinite weight, and ids that never win.
public final class WeakPoints {
  private static final VerifyCase NONE = new VerifyCase("weak-points", new int[0], 0, null);

  private final WorkerFactory factory;
  private final BackendVariant variant;

  public WeakPoints(WorkerFactory factory, BackendVariant variant) {
    this.factory = factory;
    this.variant = variant;
  }

  /// A row for each law that was tried; one that breaks in several ways tells the first.
  public List<StepResult.OfLaw> run() {
    if (variant.engine() != null) {
      return List.of(
          new StepResult.OfLaw(
              NONE, "", Outcome.NOT_SHOWN, "an engine does not load the models for them"));
    }
    List<StepResult.OfLaw> results = new ArrayList<>();
    ContractJob.Outcome outcome =
        new ContractJob(factory, variant, false, ContractRunner.WEAK_POINTS, law -> {}).run();
    WorkerFailure failure = outcome.failure();
    for (LawResult law : outcome.report().results()) {
      if (law.status() == Status.SKIPPED) {
        continue;
      }
      boolean told = !results.isEmpty() && results.getLast().law().equals(law.law());
      if (told && results.getLast().outcome() == Outcome.PASS) {
        results.removeLast();
        told = false;
      }
      if (!told) {
        results.add(result(law, failure));
      }
    }
    return results;
  }

  private static StepResult.OfLaw result(LawResult law, @Nullable WorkerFailure failure) {
    if (law.status() == Status.PASSED) {
      return new StepResult.OfLaw(NONE, law.law(), Outcome.PASS, "");
    }
    Outcome outcome =
        failure != null && law.reason().equals(failure.getMessage())
            ? Outcome.of(failure)
            : Outcome.FAIL;
    return new StepResult.OfLaw(
        NONE,
        law.law(),
        outcome,
        law.law()
            + (law.variant().isEmpty() ? "" : " (" + law.variant() + ")")
            + ": "
            + law.reason());
  }
}
