package dev.lockstep.backend.simd.tile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StreamTunerTest {
  private static final long BYTES = 1 << 20;

  /// Tunes with made-up times; returns how often each number of streams was tried.
  private static Map<Integer, Integer> tune(StreamTuner tuner, Map<Integer, Long> nanos) {
    Map<Integer, Integer> tried = new HashMap<>();
    for (int call = 0; tuner.isTuning(BYTES); call++) {
      assertTrue(call < 10_000, "it must end some day");
      int streams = tuner.next();
      tried.merge(streams, 1, Integer::sum);
      long bytes = BYTES << (call % 3);
      tuner.took(bytes, nanos.getOrDefault(streams, 0L) * (bytes / BYTES));
    }
    return tried;
  }

  @Test
  void theFastestCandidateIsChosenAfterAllHadTheSameChances() {
    for (int fastest : new int[] {2, 4, 8}) {
      StreamTuner tuner = new StreamTuner(2, 4, 8);
      assertEquals("tuning", tuner.toString());
      Map<Integer, Long> nanos = new HashMap<>(Map.of(2, 900L, 4, 900L, 8, 900L));
      nanos.put(fastest, 890L);
      Map<Integer, Integer> tried = tune(tuner, nanos);
      assertEquals(fastest, tuner.next());
      assertEquals(Integer.toString(fastest), tuner.toString());
      assertTrue(
          tried.values().stream().mapToInt(n -> n).max().orElseThrow()
              == tried.values().stream().mapToInt(n -> n).min().orElseThrow(),
          tried.toString());
    }
  }

  /// A difference of less than one turn in two hundred decides only if all had as many turns.
  @Test
  void allCandidatesAreTimedEquallyOften() {
    StreamTuner tuner = new StreamTuner(2, 4, 8);
    tune(tuner, Map.of(2, 1_000_000L, 4, 1_001_000L, 8, 1_001_000L));
    assertEquals(2, tuner.next());
  }

  @Test
  void whatTheCompilerHasNotSeenYetIsNotTimed() {
    StreamTuner tuner = new StreamTuner(2, 4);
    for (int call = 0; call < 400; call++) {
      tuner.took(BYTES, tuner.next() == 2 ? 1_000_000 : 1);
    }
    tune(tuner, Map.of(2, 10L, 4, 20L));
    assertEquals(2, tuner.next());
  }

  @Test
  void smallMatricesDoNotCount() {
    assertFalse(new StreamTuner(2, 4).isTuning(1000));
  }

  @Test
  void oneCandidateNeedsNoTuning() {
    StreamTuner tuner = new StreamTuner(1);
    assertFalse(tuner.isTuning(BYTES));
    assertEquals(1, tuner.next());
  }

  @Test
  void everyNumberOfStreamsHasItsAccumulatorsInRegisters() {
    assertEquals(3, new TileKernels(512, true, true, 32).streams().length);
    assertEquals(3, new TileKernels(256, true, true, 32).streams().length);
    assertEquals(2, new TileKernels(256, true, true, 16).streams().length);
    assertEquals(1, new TileKernels(128, true, true, 16).streams().length);
    assertEquals(1, new TileKernels(0, true, true, 32).streams().length);
  }
}
