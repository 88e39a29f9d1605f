package dev.lockstep.testbackends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Backend;
import dev.lockstep.backend.kvcache.KvCacheBackend;
import dev.lockstep.tck.Stress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Schedules of several threads find what only they can find, and accuse nobody else.
class StressTest {
  /// For a bug that is there this is never used up.
  private static final Duration LONG = Duration.ofMinutes(2);

  private static Stress.Result stress(Backend backend, Duration time, long seed) {
    return Stress.run(() -> backend, time, seed, own -> {});
  }

  @Test
  void aRightBackendStandsManySchedules() {
    List<Long> seeds = new ArrayList<>();
    Stress.Result result = Stress.run(KvCacheBackend::new, Duration.ofSeconds(3), 100, seeds::add);
    assertNull(result.problem());
    assertEquals(result.schedules(), seeds.size());
    assertEquals(100, seeds.getFirst());
    assertEquals(100 + result.schedules() - 1, seeds.getLast());
  }

  @Test
  void oneScheduleIsCarriedOutHoweverShortTheTime() {
    assertEquals(1, stress(new KvCacheBackend(), Duration.ZERO, 1).schedules());
  }

  @Test
  void sessionsThatCannotBeMovedAreFound() {
    assertFound(new BrokenThreads.Moved());
  }

  @Test
  void aTokenThatIsSharedWhileItIsHandedOverIsFound() {
    assertFound(new BrokenThreads.SharedToken());
  }

  private static void assertFound(Backend backend) {
    for (long seed = 1; seed <= 200; seed += 100) {
      Stress.Result result = stress(backend, LONG, seed);
      String problem = result.problem();
      assertNotNull(problem);
      String start = "schedule of seed " + (seed + result.schedules() - 1) + ": session ";
      assertTrue(problem.startsWith(start), problem);
      assertTrue(result.schedules() <= 4, () -> result.schedules() + " until " + problem);
    }
  }
}
