package dev.lockstep.backend.simd.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The team meets, shares out, fails and ends as one. The time limits only catch a deadlock.
@Timeout(60)
class WorkerPoolTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 16})
  void nobodyLeavesAMeetingBeforeEverybodyHasCome(int size) {
    AtomicIntegerArray steps = new AtomicIntegerArray(size);
    try (WorkerPool pool = new WorkerPool(size)) {
      for (int run = 0; run < 20; run++) {
        int before = run * 10;
        pool.run(
            worker -> {
              for (int step = 1; step <= 10; step++) {
                steps.incrementAndGet(worker);
                pool.await(worker);
                for (int other = 0; other < size; other++) {
                  assertTrue(steps.get(other) >= before + step);
                }
                pool.await(worker);
              }
            });
      }
    }
    for (int worker = 0; worker < size; worker++) {
      assertEquals(200, steps.get(worker));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void everyPieceIsInOneRunThatIsTakenOnce(int size) {
    for (int total : new int[] {0, 1, 2, 7, 100}) {
      AtomicIntegerArray taken = new AtomicIntegerArray(total);
      try (WorkerPool pool = new WorkerPool(size)) {
        pool.run(
            worker -> {
              for (int run = pool.takeRun(total); run < total; run = pool.takeRun(total)) {
                for (int i = run; i < pool.endOfRun(run, total); i++) {
                  taken.incrementAndGet(i);
                }
              }
            });
      }
      for (int i = 0; i < total; i++) {
        assertEquals(1, taken.get(i), i + " of " + total);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void everyPieceIsTakenOnceBetweenMeetings(int size) {
    AtomicIntegerArray taken = new AtomicIntegerArray(300);
    try (WorkerPool pool = new WorkerPool(size)) {
      pool.run(
          worker -> {
            for (int round = 0; round < 3; round++) {
              for (int i = pool.take(); i < 100; i = pool.take()) {
                taken.incrementAndGet(round * 100 + i);
              }
              pool.await(worker);
            }
          });
    }
    for (int i = 0; i < 300; i++) {
      assertEquals(1, taken.get(i), "piece " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void whatAMemberThrowsReachesTheCallerAndThePoolGoesOn(int culprit) {
    IllegalStateException failure = new IllegalStateException("planted");
    AtomicInteger sum = new AtomicInteger();
    try (WorkerPool pool = new WorkerPool(3)) {
      for (int run = 0; run < 50; run++) {
        IllegalStateException thrown =
            assertThrows(
                IllegalStateException.class,
                () ->
                    pool.run(
                        worker -> {
                          pool.await(worker);
                          if (worker == culprit) {
                            throw failure;
                          }
                          pool.await(worker);
                        }));
        assertSame(failure, thrown);
        pool.run(
            worker -> {
              pool.await(worker);
              sum.addAndGet(worker);
            });
      }
    }
    assertEquals(50 * (1 + 2), sum.get());
  }

  @Test
  void callersTakeTurns() throws InterruptedException {
    AtomicInteger inside = new AtomicInteger();
    ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();
    try (WorkerPool pool = new WorkerPool(2)) {
      List<Thread> callers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        callers.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      for (int run = 0; run < 100; run++) {
                        pool.run(
                            worker -> {
                              if (inside.incrementAndGet() > 2) {
                                problems.add("two jobs at once");
                              }
                              pool.await(worker);
                              inside.decrementAndGet();
                            });
                      }
                    }));
      }
      for (Thread caller : callers) {
        caller.join();
      }
    }
    assertEquals(List.of(), List.copyOf(problems));
    assertEquals(0, inside.get());
  }

  @Test
  void aJobInsideAJobIsRefused() {
    try (WorkerPool pool = new WorkerPool(2)) {
      IllegalStateException refusal =
          assertThrows(
              IllegalStateException.class,
              () ->
                  pool.run(
                      worker -> {
                        if (worker == 0) {
                          pool.run(ignored -> {});
                        }
                      }));
      assertTrue(String.valueOf(refusal.getMessage()).contains("inside another"));
    }
  }

  @Test
  void aClosedPoolRunsNothingAndItsThreadsEnd() throws InterruptedException {
    List<Thread> members = new ArrayList<>();
    WorkerPool pool = new WorkerPool(3);
    pool.run(
        worker -> {
          if (worker > 0) {
            synchronized (members) {
              members.add(Thread.currentThread());
            }
          }
        });
    pool.close();
    pool.close();
    assertThrows(IllegalStateException.class, () -> pool.run(worker -> {}));
    assertEquals(2, members.size());
    for (Thread member : members) {
      member.join();
    }
  }
}
