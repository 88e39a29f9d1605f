package dev.lockstep.harness.verification;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.tck.RandomModel;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsistencyPassTest {
  private static Map<ConsistencyCheck, RowComparison> check(String backend, int positions)
      throws Exception {
    Gpt2Weights weights =
        RandomModel.untied(RandomModel.config(2, 3, 33, Math.max(1, positions), 61), 1);
    int[] tokens = new SplittableRandom(5).ints(positions, 0, 61).toArray();
    try (InferenceModel model = InProcess.load(InProcess.backend(backend), weights, Map.of())) {
      return new ConsistencyPass(weights.config(), tokens)
          .check(InProcess.runner(model), InProcess.bound(weights, tokens));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"naive", "kvcache", "simd"})
  void rightBackendsPass(String backend) throws Exception {
    for (int positions : new int[] {1, 2, 5, 20, 67}) {
      check(backend, positions).forEach((check, rows) -> assertNull(rows.problem(), backend));
    }
  }

  /// Their fault is in what is kept between calls and sessions.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "broken-shared-cache",
        "broken-static-cache",
        "broken-close-others",
        "broken-reset",
        "broken-rewind",
        "broken-two-sessions"
      })
  void faultsOfStateAreFound(String backend) throws Exception {
    assertTrue(isFound(backend), backend);
  }

  private static boolean isFound(String backend) throws Exception {
    try {
      return check(backend, 67).values().stream().anyMatch(rows -> rows.problem() != null);
    } catch (NullPointerException e) {
      return true; // of the backend, which freed what another session has
    }
  }

  /// It adds up in another order every time, which `verify` finds: here rounding is excused.
  @ParameterizedTest
  @ValueSource(strings = "broken-reduction-order")
  void otherBitsAreExcused(String backend) throws Exception {
    check(backend, 67).forEach((check, rows) -> assertNull(rows.problem(), backend));
  }
}
