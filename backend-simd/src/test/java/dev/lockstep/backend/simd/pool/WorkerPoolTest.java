package dev.lockstep.backend.simd.pool;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.backend.simd.net.Decoder;
import dev.lockstep.backend.simd.net.Gpt2;
import dev.lockstep.backend.simd.net.Gpt2Loader;
import dev.lockstep.backend.simd.net.KvCache;
import dev.lockstep.backend.simd.tile.TileKernels;
import dev.lockstep.tck.RandomModel;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
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

  /// Of three passes one is run by the caller alone.
  private static WorkerPool takingTurns(int size) {
    return new WorkerPool(
        size,
        new TeamTuner(size) {
          private int passes;

          @Override
          boolean isAlone(int tokens) {
            return passes++ % 3 == 0;
          }
        });
  }

  @Test
  void whoRunsAPassAloneMeetsNobodyAndTakesEverything() {
    try (WorkerPool pool = takingTurns(3)) {
      for (int pass = 0; pass < 100; pass++) {
        int members = pass % 3 == 0 ? 1 : 3;
        AtomicIntegerArray runs = new AtomicIntegerArray(3);
        AtomicIntegerArray taken = new AtomicIntegerArray(20);
        pool.runPass(
            worker -> {
              runs.incrementAndGet(worker);
              assertEquals(members, pool.members());
              for (int round = 0; round < 2; round++) {
                for (int i = pool.take(); i < 10; i = pool.take()) {
                  taken.incrementAndGet(10 * round + i);
                }
                pool.await(worker);
              }
            },
            1);
        for (int worker = 0; worker < 3; worker++) {
          assertEquals(worker < members ? 1 : 0, runs.get(worker), "worker " + worker);
        }
        for (int i = 0; i < 20; i++) {
          assertEquals(1, taken.get(i), "piece " + i);
        }
        pool.run(worker -> assertEquals(3, pool.members()));
      }
    }
  }

  @Test
  void aPassThatFailsAloneLeavesThePoolAsItWas() {
    try (WorkerPool pool = takingTurns(2)) {
      AtomicInteger runs = new AtomicInteger();
      assertThrows(
          IllegalStateException.class,
          () ->
              pool.runPass(
                  worker -> {
                    throw new IllegalStateException("planted");
                  },
                  1));
      pool.runPass(
          worker -> {
            pool.await(worker);
            runs.incrementAndGet();
          },
          1);
      assertEquals(2, runs.get());
    }
  }

  /// What others left in their parts of scratch memory must not be taken for this pass's.
  @Test
  void thePassesOfAModelHaveTheSameBitsAloneAndTogether() {
    Gpt2Config config = RandomModel.config(1, 3, 3 * 17, 200, 300);
    Gpt2Weights weights = RandomModel.untied(config, 21);
    for (boolean certified : new boolean[] {false, true}) {
      try (Arena arena = Arena.ofShared();
          WorkerPool one = new WorkerPool(1);
          WorkerPool three = takingTurns(3)) {
        Decoder expected = decoder(weights, one, certified, arena);
        Decoder actual = decoder(weights, three, certified, arena);
        SplittableRandom random = new SplittableRandom(5);
        for (int position = 0; position < 190; ) {
          int[] tokens = random.ints(1 + position % 3, 0, config.vocabSize()).toArray();
          assertEquals(
              expected.forwardGreedy(tokens, position),
              actual.forwardGreedy(tokens, position),
              "token at " + position);
          assertArrayEquals(expected.forward(tokens, position), actual.forward(tokens, position));
          position += tokens.length;
        }
      }
    }
  }

  private static Decoder decoder(
      Gpt2Weights weights, WorkerPool pool, boolean certified, Arena arena) {
    TileKernels kernels = new TileKernels(128, true, true, 16);
    Gpt2 gpt2 = new Gpt2Loader(weights, pool, kernels, true, certified, arena).load(128);
    return new Decoder(gpt2, new KvCache(weights.config(), true, arena));
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
