package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Work that is not timed, done with two competitors at once: one that has a single thread would
/// leave half of the smallest machine idle, and the user waits.
final class UntimedWork {
  private static final int AT_ONCE = 2;

  private UntimedWork() {}

  /// What is done with one competitor.
  @FunctionalInterface
  interface Task<T> {
    T run(Competitor competitor, Worker worker) throws WorkerFailure;
  }

  /// Does it with each that is running.
  ///
  /// @return what came of it, in the competitors' order
  /// @throws WorkerFailure the first of a task; the others have ended by then
  static <T> List<T> withEach(List<Competitor> competitors, Task<T> task) throws WorkerFailure {
    List<Future<T>> futures = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE)) {
      for (Competitor competitor : competitors) {
        Worker worker = competitor.worker();
        if (worker != null) {
          Callable<T> call = () -> task.run(competitor, worker);
          futures.add(executor.submit(call));
        }
      }
    }
    List<T> results = new ArrayList<>();
    for (Future<T> future : futures) {
      results.add(result(future));
    }
    return results;
  }

  private static <T> T result(Future<T> future) throws WorkerFailure {
    try {
      return future.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case WorkerFailure failure -> throw failure;
        case RuntimeException unexpected -> throw unexpected;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException(e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WorkerFailure(WorkerFailure.Kind.CRASHED, "interrupted before all were done");
    }
  }
}
