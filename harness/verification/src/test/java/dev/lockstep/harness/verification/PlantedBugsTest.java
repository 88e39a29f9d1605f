package dev.lockstep.harness.verification;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.Logits;
import dev.lockstep.harness.diagnosis.explain.Explainer;
import dev.lockstep.harness.diagnosis.explain.Finding;
import dev.lockstep.tck.RandomModel;
import dev.lockstep.testbackends.BrokenBackend;
import dev.lockstep.testbackends.CaughtBy;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every planted bug is caught by the step that is about it, and where one operation is to blame,
/// that operation is named, with the right hint.
class PlantedBugsTest {
  private static final Gpt2Config SHAPE = RandomModel.config(2, 3, 33, 67, 61);

  private static final Scene SHORT = Scene.of(RandomModel.untied(SHAPE, 1), 5, 20, 14, 4);

  /// To the last position of the context.
  private static final Scene WHOLE_CONTEXT = Scene.of(RandomModel.untied(SHAPE, 1), 6, 67, 63, 4);

  /// More ids than 16 bits can tell apart.
  private static final Scene LARGE_VOCABULARY =
      Scene.of(RandomModel.untied(RandomModel.config(1, 2, 4, 30, 70_000), 1), 7, 20, 14, 4);

  private static final Scene MANY_HEADS =
      Scene.of(RandomModel.untied(RandomModel.config(2, 12, 36, 40, 61), 1), 8, 20, 14, 4);

  static Stream<BrokenBackend> planted() {
    return StreamSupport.stream(ServiceLoader.load(Backend.class).spliterator(), false)
        .filter(BrokenBackend.class::isInstance)
        .map(BrokenBackend.class::cast)
        .filter(backend -> backend.id().startsWith("broken-"));
  }

  private static CaughtBy caughtBy(BrokenBackend backend) {
    return requireNonNull(backend.getClass().getAnnotation(CaughtBy.class), backend.id());
  }

  static Stream<Named<BrokenBackend>> caughtByVerify() {
    return planted()
        .filter(backend -> caughtBy(backend).steps().length > 0)
        .filter(backend -> caughtBy(backend).scene() != CaughtBy.Scene.LARGE_SCORES)
        .map(backend -> Named.of(backend.id(), backend));
  }

  private static Scene scene(CaughtBy.Scene scene) {
    return switch (scene) {
      case SHORT -> SHORT;
      case WHOLE_CONTEXT -> WHOLE_CONTEXT;
      case LARGE_VOCABULARY -> LARGE_VOCABULARY;
      case MANY_HEADS -> MANY_HEADS;
      case LARGE_SCORES -> throw new IllegalArgumentException("a test of its own");
    };
  }

  @ParameterizedTest
  @MethodSource("caughtByVerify")
  void aPlantedBugIsCaughtByItsStepsAndBlamedOnItsOperation(BrokenBackend backend)
      throws Exception {
    CaughtBy expected = caughtBy(backend);
    Scene scene = scene(expected.scene());
    Set<String> steps = Set.of(expected.steps());
    Set<String> caught = new TreeSet<>();
    Optional<Finding> finding;
    try (InferenceModel model = InProcess.load(backend, scene.weights(), Map.of())) {
      double bound = scene.bound();
      scene.addReferenceSteps(model, bound, caught);
      // A race shows sooner or later; every other check is made once.
      for (int attempt = 0; attempt < (steps.contains("threads") ? 50 : 1); attempt++) {
        scene.addChecks(model, bound, caught);
        if (caught.containsAll(steps)) {
          break;
        }
      }
      finding = scene.explain(model, caught);
      finding.ifPresent(found -> caught.add("explain"));
    }
    assertTrue(caught.containsAll(steps), () -> "caught by " + caught + " alone");
    assertEquals(steps.contains("explain"), finding.isPresent(), () -> "found " + finding);
    if (finding.isPresent()) {
      String expectedBlame = backend.blame().orElse(expected.blamed());
      assertEquals(expectedBlame, finding.get().operation(), finding.get().describe());
      String hint = finding.get().hint().orElse("none");
      assertTrue(hint.contains(expected.hint()), () -> "hint: " + hint);
    }
  }

  /// With ordinary weights it is right: it takes scores beyond 88 to overflow.
  @Test
  void aSoftmaxThatOverflowsIsBlamedWhereScoresAreLarge() throws Exception {
    Gpt2Weights large = RandomModel.scaled(SHAPE, 4, 6);
    BrokenBackend backend = (BrokenBackend) InProcess.backend("broken-softmax-overflow");
    Script script =
        new ConsistencyScripts(SHAPE, SHORT.prompt(), SHORT.next()).prefillAndDecode(SHORT.next());
    try (InferenceModel model = InProcess.load(backend, large, Map.of());
        Playback play = InProcess.play(model, script.observed())) {
      Finding finding =
          new Explainer(large, name -> {})
              .explain(InProcess.traces(play, SHAPE).getFirst())
              .finding()
              .orElseThrow();
      assertEquals(backend.blame().orElseThrow(), finding.operation());
      assertTrue(finding.hint().orElse("").contains(caughtBy(backend).hint()), finding::toString);
    }
  }

  @Test
  void theSequenceIsDecidedForTheReference() {
    double bound = SHORT.bound();
    for (double[] logits : InProcess.naiveLogits(SHORT.weights(), "f64", SHORT.sequence())) {
      assertTrue(Logits.margin(logits) > bound);
    }
  }

  /// What `verify` does not see has no operation to blame, and a law of the contract is about it.
  @Test
  void everyPlantedBugSaysWhatCatchesIt() {
    planted()
        .forEach(
            backend -> {
              CaughtBy expected = caughtBy(backend);
              assertTrue(expected.steps().length > 0 || expected.laws().length > 0, backend.id());
              assertTrue(backend.blame().isEmpty() || expected.steps().length > 0, backend.id());
            });
  }
}
