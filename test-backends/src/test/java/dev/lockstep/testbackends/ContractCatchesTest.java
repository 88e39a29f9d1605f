package dev.lockstep.testbackends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.api.Backend;
import dev.lockstep.backend.kvcache.KvCacheBackend;
import dev.lockstep.tck.BackendContract;
import dev.lockstep.tck.ContractReport;
import dev.lockstep.tck.ContractRunner;
import dev.lockstep.tck.Golden;
import dev.lockstep.tck.Subject;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/// The contract notices every planted bug, by the law that is about it.
class ContractCatchesTest {

  private static final Map<String, Set<String>> KNOWN = new HashMap<>();

  static Stream<Backend> planted() {
    return StreamSupport.stream(ServiceLoader.load(Backend.class).spliterator(), false)
        .filter(backend -> backend.getClass().isAnnotationPresent(CaughtBy.class));
  }

  static Stream<Named<Backend>> caughtByTheContract() {
    return planted()
        .filter(backend -> !laws(backend).isEmpty())
        .map(backend -> Named.of(backend.id(), backend));
  }

  private static Set<String> laws(Backend backend) {
    CaughtBy caughtBy = backend.getClass().getAnnotation(CaughtBy.class);
    return caughtBy == null ? Set.of() : Set.of(caughtBy.laws());
  }

  @ParameterizedTest
  @MethodSource("caughtByTheContract")
  void everyPlantedBugBreaksTheLawsThatAreAboutIt(Backend backend) {
    Set<String> broken = brokenLaws(backend);
    assertTrue(broken.containsAll(laws(backend)), () -> "broken: " + broken);
  }

  @Test
  void theRightBackendBreaksNone() {
    assertEquals(Set.of(), run(new KvCacheBackend(), true).brokenLaws());
  }

  static Stream<Named<Backend>> rightInAnotherOrder() {
    return StreamSupport.stream(ServiceLoader.load(Backend.class).spliterator(), false)
        .filter(OtherOrder.class::isInstance)
        .map(backend -> Named.of(backend.id(), backend));
  }

  @ParameterizedTest
  @MethodSource("rightInAnotherOrder")
  void anotherOrderOfSumsBreaksNone(Backend backend) {
    assertEquals(Set.of(), run(backend, true).brokenLaws());
  }

  /// It is excused from being exact, and from nothing else.
  @Test
  void whatIsApproximateKeepsTheOtherLaws() {
    assertEquals(Set.of(), run(new ApproximateBackend.Bfloat16(), true).brokenLaws());
    assertEquals(Set.of(), run(new ApproximateBackend.FourBits(), true).brokenLaws());
  }

  @Test
  void whatIsUnavailableIsSkippedWithItsReasonAndMustRefuseToLoad() {
    ContractReport report = run(new FaultyBackends.Unavailable(), true);
    assertFalse(report.results().isEmpty());
    for (ContractReport.LawResult result : report.results()) {
      assertTrue(
          result.status() != ContractReport.Status.SKIPPED
              || result.reason().contains("libplanted.so.1 was not found"),
          result.toString());
      assertTrue(result.status() != ContractReport.Status.FAILED, result.toString());
    }
  }

  @Test
  void theReportIsMachineReadable(@TempDir Path directory) throws IOException {
    ContractReport report = run(new BrokenSessions.Close(), true);
    assertFalse(report.holds());
    Path file = directory.resolve("contract.json");
    report.writeJson(file);
    JsonNode json = new ObjectMapper().readTree(file.toFile());
    assertEquals("lockstep-contract/1", json.path("format").textValue());
    assertEquals("broken-close", json.path("backend").textValue());
    assertEquals(1, json.path("failed").intValue());
    assertEquals(report.results().size(), json.path("results").size(), "one entry for each result");
  }

  @Test
  void everyPlantedBugBreaksALaw() {
    for (Backend backend : ServiceLoader.load(Backend.class)) {
      if (backend instanceof BrokenBackend) {
        assertFalse(laws(backend).isEmpty(), backend.id());
      }
    }
  }

  /// A law that nothing can break tells nothing.
  @Test
  void everyLawIsBrokenBySomething() {
    Set<String> broken = new TreeSet<>();
    planted().forEach(backend -> broken.addAll(brokenLaws(backend)));
    BrokenProviders.all().forEach(backend -> broken.addAll(run(backend, false).brokenLaws()));
    Set<String> laws = new TreeSet<>();
    for (Method method : BackendContract.class.getMethods()) {
      if (AnnotationSupport.isAnnotated(method, Testable.class)) {
        laws.add(method.getName());
      }
    }
    assertEquals(laws, broken);
  }

  /// Without the embedded model, which is large.
  private static ContractReport run(Backend backend, boolean allGoldens) {
    return ContractRunner.run(
        new Subject() {
          @Override
          public Backend backend() {
            return backend;
          }

          @Override
          public List<Golden> goldens() {
            return Golden.all().stream()
                .filter(golden -> !golden.name().startsWith("shakespeare"))
                .limit(allGoldens ? Long.MAX_VALUE : 2)
                .toList();
          }

          @Override
          public boolean promisesBitIdenticalBatches() {
            return true;
          }
        });
  }

  /// The laws that a backend breaks. It meets all golden files if they must catch it.
  private static Set<String> brokenLaws(Backend backend) {
    return KNOWN.computeIfAbsent(
        backend.id(),
        id ->
            run(backend, laws(backend).stream().anyMatch(law -> law.endsWith("AreTheReferences")))
                .brokenLaws());
  }
}
