package dev.lockstep.harness.worker;

import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.tck.ContractReport;
import dev.lockstep.tck.ContractReport.LawResult;
import dev.lockstep.tck.ContractReport.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Holds a backend to the contract, in a worker. A backend that takes its process with it, or never
/// answers, has broken the law that was being put to the test; the laws after it are not tried.
public final class ContractJob {
  private static final String PROCESS = "process";

  private final WorkerFactory factory;
  private final BackendVariant variant;
  private final Request request;
  private final Consumer<LawResult> onResult;
  private final List<LawResult> results = new ArrayList<>();

  /// The law that the worker is at; before the first one, that it starts at all.
  private LawResult current = failed(PROCESS, "theWorkerStarts", "", "");

  /// @param bitIdenticalBatches whether the backend promises that the cut of a sequence into calls
  ///     changes no bit
  /// @param laws the laws to put to the test; all where there are none
  /// @param onResult is told of every result as it comes
  public ContractJob(
      WorkerFactory factory,
      BackendVariant variant,
      boolean bitIdenticalBatches,
      List<String> laws,
      Consumer<LawResult> onResult) {
    this(
        factory,
        variant,
        new Request.Contract(variant.id(), variant.given(), bitIdenticalBatches, laws),
        onResult);
  }

  private ContractJob(
      WorkerFactory factory,
      BackendVariant variant,
      Request request,
      Consumer<LawResult> onResult) {
    this.factory = factory;
    this.variant = variant;
    this.request = request;
    this.onResult = onResult;
  }

  /// Instead of the laws, schedules of several sessions and threads.
  ///
  /// @param time how long; the schedule that is under way then is finished
  /// @param seed of the first schedule; the next has the next number
  /// @param onResult is told of the one result
  public static ContractJob stress(
      WorkerFactory factory,
      BackendVariant variant,
      Duration time,
      long seed,
      Consumer<LawResult> onResult) {
    return new ContractJob(
        factory,
        variant,
        new Request.Stress(variant.id(), variant.given(), time.toMillis(), seed),
        onResult);
  }

  /// @param unavailable reason and remedy if the backend says that it cannot run here; the laws of
  ///     its refusal have been tested then, and the others skipped
  /// @param failure what ended the worker before the last law, or null
  public record Outcome(
      ContractReport report, @Nullable String unavailable, @Nullable WorkerFailure failure) {}

  /// Runs them.
  public Outcome run() {
    String unavailable = null;
    WorkerFailure failure = null;
    try (Worker worker = factory.start(variant)) {
      unavailable = unavailable(worker);
      tryLaws(worker);
    } catch (WorkerFailure e) {
      failure = e;
      add(failed(current.topic(), current.law(), current.variant(), e.getMessage()));
    }
    ContractReport report = new ContractReport(variant.id(), variant.given(), results);
    return new Outcome(report, unavailable, failure);
  }

  /// An availability that throws is left to the law about it; one that ends the worker is not
  /// survived.
  private @Nullable String unavailable(Worker worker) throws WorkerFailure {
    current = failed("ProviderLaws", "availabilityIsAnsweredAndMeant", "", "");
    try {
      Reply.AvailabilityAnswer answer = factory.availability(worker, variant);
      return answer.available() ? null : answer.reason() + "; " + answer.remedy();
    } catch (WorkerFailure e) {
      if (e.workerIsAlive()) {
        return null;
      }
      throw e;
    }
  }

  private void tryLaws(Worker worker) throws WorkerFailure {
    current = failed(PROCESS, "theWorkerGoesOn", "", "");
    worker.stream(request, Reply.LawEvent.class, this::accept, Reply.Done.class, factory.timeout());
  }

  private void accept(Reply.LawEvent event) {
    switch (event) {
      case Reply.LawStarted(String topic, String law, String name) ->
          current = failed(topic, law, name, "");
      case Reply.LawFinished(LawResult result) -> {
        add(result);
        current = failed(PROCESS, "theWorkerGoesOn", "", "");
      }
    }
  }

  private void add(LawResult result) {
    results.add(result);
    onResult.accept(result);
  }

  private static LawResult failed(String topic, String law, String name, String reason) {
    return new LawResult(topic, law, name, Status.FAILED, reason);
  }
}
