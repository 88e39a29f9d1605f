package dev.lockstep.backend.simd.pool;

import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A fixed team that runs one job at a time, all members the same code: the caller is worker 0,
/// threads of the pool are the rest.
///
/// A forward pass has several points a layer at which all members must have finished before any of
/// them goes on. They are close together in time, and handing work to an executor at each would
/// cost a large part of it. So the team stays together for the whole pass and meets at [#await]. A
/// member that arrives early spins for a while, because the others are nearly there, and then
/// parks, because on a shared machine they may not be: a parked worker takes no core from the one
/// that it waits for. A member that spins in vain too often parks at once ([SpinCredit]).
///
/// Jobs of several callers take turns, in order of arrival.
public final class WorkerPool implements AutoCloseable {

  /// What a team does.
  @FunctionalInterface
  public interface Job {
    /// Runs on every member at once.
    ///
    /// @param worker who runs it, from 0
    void run(int worker);
  }

  private static final int LOOKS = 4_000;
  private static final int LOOKS_WHEN_OVERSUBSCRIBED = 50;

  private final int size;
  private final ReentrantLock turn = new ReentrantLock(true);
  private final Signal start;
  private final Signal meeting;
  private final Signal finish;
  private final AtomicInteger arrived = new AtomicInteger();
  private final AtomicInteger finished = new AtomicInteger();
  private final AtomicInteger next = new AtomicInteger();
  private volatile @Nullable Job job;
  private volatile @Nullable Throwable failure;
  private volatile boolean closed;

  /// @param size members, the caller included
  public WorkerPool(int size) {
    this.size = size;
    boolean oversubscribed = size > Runtime.getRuntime().availableProcessors();
    int looks = oversubscribed ? LOOKS_WHEN_OVERSUBSCRIBED : LOOKS;
    start = new Signal(size, looks);
    meeting = new Signal(size, looks);
    finish = new Signal(size, looks);
    for (int worker = 1; worker < size; worker++) {
      int id = worker;
      Thread.ofPlatform().daemon().name("simd-worker-" + id).start(() -> serve(id));
    }
  }

  /// How many members.
  public int size() {
    return size;
  }

  /// Runs a job on every member and returns when all have finished it. What one of them throws, the
  /// caller is thrown, once all have stopped.
  ///
  /// @throws IllegalStateException if the pool is closed, or the caller is inside a job already
  public void run(Job job) {
    if (turn.isHeldByCurrentThread()) {
      throw new IllegalStateException("a forward pass cannot run inside another one of its model");
    }
    turn.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the model is closed");
      }
      runTurn(job);
    } finally {
      turn.unlock();
    }
  }

  private void runTurn(Job job) {
    int seen = finish.value();
    arrived.set(0);
    finished.set(0);
    next.set(0);
    failure = null;
    this.job = job;
    start.raise();
    perform(0, job);
    finish.awaitChange(0, seen, null);
    this.job = null;
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }

  private void serve(int worker) {
    int seen = 0;
    while (true) {
      start.awaitChange(worker, seen, null);
      seen = start.value();
      Job current = job;
      if (current == null) {
        return;
      }
      perform(worker, current);
    }
  }

  private void perform(int worker, Job job) {
    try {
      job.run(worker);
    } catch (CancellationException e) {
      // Another member failed; its failure is the one to report.
    } catch (Throwable e) {
      failure = e;
      meeting.wakeAll();
    }
    if (finished.incrementAndGet() == size) {
      finish.raise();
    }
  }

  /// Meets the other members: none returns before all have come. What was written before is
  /// visible to all after, and [#take] counts from 0 again.
  ///
  /// @throws CancellationException if a member has failed
  public void await(int worker) {
    int seen = meeting.value();
    if (arrived.incrementAndGet() == size) {
      arrived.set(0);
      next.set(0);
      meeting.raise();
    } else {
      meeting.awaitChange(worker, seen, this);
      if (meeting.value() == seen) {
        throw new CancellationException();
      }
    }
  }

  /// The next piece of work that no member has taken since the last meeting: 0, 1, 2 …
  public int take() {
    return next.getAndIncrement();
  }

  /// As [#take], a run of pieces that lie beside each other: half an equal share of what is left.
  /// Long runs at first keep workers out of each other's cache lines, short ones at the end let all
  /// finish together (guided self-scheduling, Polychronopoulos and Kuck 1987).
  ///
  /// @param total how many pieces there are
  /// @return the first piece of the run, which ends at [#endOfRun]; `total` or more if none is left
  public int takeRun(int total) {
    int from = next.get();
    while (from < total && !next.compareAndSet(from, endOfRun(from, total))) {
      from = next.get();
    }
    return from;
  }

  /// Where the run that begins at `from` ends.
  public int endOfRun(int from, int total) {
    return from + Math.max(1, (total - from) / (2 * size));
  }

  boolean hasFailed() {
    return failure != null;
  }

  /// Waits for the current job to end and lets the threads go. Closing twice does nothing.
  @Override
  public void close() {
    turn.lock();
    try {
      if (!closed) {
        closed = true;
        start.raise();
      }
    } finally {
      turn.unlock();
    }
  }
}
