package dev.lockstep.backend.simd.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A number that goes up, and workers that wait for it to do so: first spinning, then parked.
///
/// A waiter publishes itself *before* it looks at the number for the last time. [#raise] raises the
/// number *before* it looks for parked waiters. Both are volatile, so one of the two sees the other
/// and no wake-up is lost.
final class Signal {
  /// A parked waiter, apart from its neighbours in memory, so that none shares a cache line.
  private static final int STRIDE = 32;

  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Thread[].class);

  private final @Nullable Thread[] parked;
  private final SpinCredit[] credits;
  private volatile int value;

  /// @param workers how many may wait, each with a number of its own from 0
  /// @param maxLooks how often each looks at most before it parks
  Signal(int workers, int maxLooks) {
    parked = new Thread[workers * STRIDE];
    credits = new SpinCredit[workers];
    long now = System.nanoTime();
    Arrays.setAll(credits, worker -> new SpinCredit(maxLooks, now));
  }

  int value() {
    return value;
  }

  /// Raises the number and wakes the parked waiters. One thread at a time may call it.
  @SuppressWarnings("NonAtomicVolatileUpdate")
  void raise() {
    value++;
    wakeAll();
  }

  void wakeAll() {
    for (int i = 0; i < parked.length; i += STRIDE) {
      Thread thread = (Thread) SLOT.getVolatile(parked, i);
      if (thread != null) {
        LockSupport.unpark(thread);
      }
    }
  }

  /// Returns once the number is not `seen` any more.
  ///
  /// @param team if not null, returns also when a member of it has failed
  void awaitChange(int worker, int seen, @Nullable WorkerPool team) {
    if (isOver(seen, team)) {
      return;
    }
    SpinCredit credit = credits[worker];
    long from = System.nanoTime();
    for (int i = credit.looks(from); i > 0; i--) {
      Thread.onSpinWait();
      if (isOver(seen, team)) {
        return;
      }
    }
    credit.failed(from, System.nanoTime());
    int slot = worker * STRIDE;
    SLOT.setVolatile(parked, slot, Thread.currentThread());
    while (!isOver(seen, team)) {
      LockSupport.park(this);
    }
    SLOT.setVolatile(parked, slot, (Thread) null);
  }

  private boolean isOver(int seen, @Nullable WorkerPool team) {
    return value != seen || (team != null && team.hasFailed());
  }
}
