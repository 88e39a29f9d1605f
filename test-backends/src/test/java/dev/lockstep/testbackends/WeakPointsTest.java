package dev.lockstep.testbackends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.lockstep.api.Backend;
import dev.lockstep.backend.kvcache.KvCacheBackend;
import dev.lockstep.tck.ContractReport;
import dev.lockstep.tck.ContractRunner;
import dev.lockstep.tck.Subject;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the laws about weak points see of bugs that were drawn, and that no ordinary model shows; a
/// short round of `tools/acceptance drawn`.
class WeakPointsTest {
  private static ContractReport run(Backend backend, int seed) {
    Subject subject =
        new Subject() {
          @Override
          public Backend backend() {
            return backend;
          }

          @Override
          public Map<String, String> options() {
            return seed == 0 ? Map.of() : Map.of("seed", "" + seed);
          }
        };
    return ContractRunner.run(subject, ContractRunner.WEAK_POINTS, ContractRunner.Progress.NONE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 1001, 1002})
  void numbersAreSeen(int seed) {
    assertFalse(run(new SeededNumbers(), seed).holds(), "seed " + seed);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 1001, 1002})
  void choicesAreSeen(int seed) {
    assertFalse(run(new SeededChoice(), seed).holds(), "seed " + seed);
  }

  @Test
  void theRightBackendKeepsThemAndNoOtherIsTried() {
    ContractReport report = run(new KvCacheBackend(), 0);
    assertEquals(List.of(), List.copyOf(report.brokenLaws()));
    Set<String> tried =
        report.results().stream().map(ContractReport.LawResult::law).collect(Collectors.toSet());
    assertEquals(new HashSet<>(ContractRunner.WEAK_POINTS), tried);
  }
}
