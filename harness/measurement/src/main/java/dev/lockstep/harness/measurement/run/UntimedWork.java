package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Work that is not timed, two things at once: one that has a single thread would
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
    return withEach(competitors, List.of(task)).stream().flatMap(List::stream).toList();
  }

  /// Does each of several tasks with each that is running, the first with all of them before the
  /// second. The tasks of one competitor may run at the same time.
  ///
  /// @return for each competitor that was running what came of each task, in their order
  /// @throws WorkerFailure the first of a task; the others have ended by then
  static <T> List<List<T>> withEach(List<Competitor> competitors, List<Task<T>> tasks)
      throws WorkerFailure {
    Map<Competitor, Worker> running = new LinkedHashMap<>(); // before a task ends one of them
    for (Competitor competitor : competitors) {
      Worker worker = competitor.worker();
      if (worker != null) {
        running.put(competitor, worker);
      }
    }
    List<Future<T>> futures = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE)) {
      for (Task<T> task : tasks) {
        running.forEach(
            (competitor, worker) -> {
              Callable<T> call = () -> task.run(competitor, worker);
              futures.add(executor.submit(call));
            });
      }
    }
    List<List<T>> results = new ArrayList<>();
    for (int i = 0; i < running.size(); i++) {
      List<T> own = new ArrayList<>();
      for (int j = i; j < futures.size(); j += running.size()) {
        own.add(result(futures.get(j)));
      }
      results.add(own);
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
