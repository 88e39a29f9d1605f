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
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/// The contract notices every planted bug, by the law that is about it.
class ContractCatchesTest {

  /// Planted bugs and the laws that must catch them; other laws may break too.
  private static final List<String> EXPECTED =
      List.of(
          "broken-all-observed: beingObservedChangesNoBit",
          "broken-cache-arena: aSessionCanBeUsedAgainAndAgain",
          "broken-double-refusal: badInputIsRefusedAndTheSessionKept aClosedSessionRefusesEverything",
          "broken-kept-array: theTokensHandedInStayTheCallers",
          "broken-shared-context: twoModelsAtOnceDoNotDisturbEachOther",
          "broken-footprint: theFlagsAndFootprintAreKnownBeforeLoading",
          "broken-lasting-pool: noMoreThreadsWorkThanTheExecutionPathSays",
          "broken-short-threads: noMoreThreadsWorkThanTheExecutionPathSays",
          "broken-generate-rewind: whatWasGeneratedLeavesNoTrace",
          "broken-cache-slots: sessionsThatTakeTurnsDoNotDisturbEachOther",
          "broken-double-positions: theDoubleLogitsNarrowToTheSingleOnes",
          "broken-generate-resets: greedyIsTheArgmaxOfTheLogits",
          "broken-generate-ties: theLowestIdWinsATie",
          "broken-lane-ties: theLowestIdWinsATie",
          "broken-ninth-head: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-two-sessions: sessionsThatTakeTurnsDoNotDisturbEachOther",
          "broken-activation-lengths: everyActivationThatIsPromisedIsShownWithItsShape",
          "broken-activation-names: everyActivationThatIsPromisedIsShownWithItsShape",
          "broken-activation-positions: everyActivationThatIsPromisedIsShownWithItsShape",
          "broken-activation-values: residualsAddUp",
          "broken-attention-future: logitsAreTheReferences forwardAllShowsTheLogitsOfEveryForward",
          "broken-attention-heads: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-attention-mask: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-attention-scale: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-attention-swapped: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-attn-bias: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-attn-proj-bias: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-attn-proj-transposed: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-batch-of-eight: aBatchOfAnyLengthGivesTheSameLogits oneForwardEqualsTokenByToken",
          "broken-bf16-weights: logitsAreTheReferences",
          "broken-cache-layer: logitsAreTheReferences",
          "broken-cache-ring: logitsAreTheReferences",
          "broken-close: aClosedSessionRefusesEverything",
          "broken-close-others: closingASessionLeavesTheOthersAlone",
          "broken-dropout: logitsAreTheReferences oneForwardEqualsTokenByToken",
          "broken-exchanged-rows: logitsAreTheReferences oneForwardEqualsTokenByToken",
          "broken-half-cache: logitsAreTheReferences",
          "broken-inverse-layer: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-last-token: oneForwardEqualsTokenByToken aPromptInTwoPartsEqualsThePrompt",
          "broken-late-scale: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-log-softmax: logitsAreTheReferences zeroWeightsGiveZeroLogits",
          "broken-other-keys: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-reset: whatWasForgottenLeavesNoTrace",
          "broken-skipped-tile: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-constant-epsilon: theLayerNormEpsilonIsTheConfigs",
          "broken-decode-gelu: oneForwardEqualsTokenByToken aBatchOfAnyLengthGivesTheSameLogits",
          "broken-decode-position: oneForwardEqualsTokenByToken aPromptInTwoPartsEqualsThePrompt",
          "broken-execution-path: availabilityIsAnsweredAndMeant",
          "broken-facade: logitsAreTheReferences theDoubleLogitsNarrowToTheSingleOnes",
          "broken-fast-root: logitsAreTheReferences",
          "broken-fast-tanh: logitsAreTheReferences",
          "broken-fc-bias: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-flipped-bit: logitsAreTheReferences",
          "broken-forward-all: forwardAllShowsTheLogitsOfEveryForward",
          "broken-forward-greedy: greedyIsTheArgmaxOfTheLogits",
          "broken-gelu-cube: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-gelu-erf: logitsAreTheReferences",
          "broken-generate: greedyIsTheArgmaxOfTheLogits",
          "broken-half-sums: logitsAreTheReferences linearLayersFollowFromWhatIsShown",
          "broken-key-bias: linearLayersFollowFromWhatIsShown",
          "broken-last-new-token: theLastNewTokenNeedsNoPosition greedyIsTheArgmaxOfTheLogits",
          "broken-last-position: theLastPositionCanBeUsedAndNoMore",
          "broken-last-prefill-row: oneForwardEqualsTokenByToken logitsAreTheReferences",
          "broken-last-wpe: logitsAreTheReferences",
          "broken-layer-norm-bias: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-layer-norm-epsilon: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-layer-norm-no-epsilon: logitsAreTheReferences zeroWeightsGiveZeroLogits",
          "broken-layer-norm-skipped: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-layer-norm-small-epsilon: logitsAreTheReferences",
          "broken-layer-norm-variance: logitsAreTheReferences",
          "broken-leak: closedSessionsGiveTheirMemoryBack",
          "broken-mlp-proj-bias: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-model-close: aClosedModelClosesItsSessions",
          "broken-observed: beingObservedChangesNoBit",
          "broken-odd-head: logitsAreTheReferences",
          "broken-one-nan: ordinaryWeightsGiveFiniteLogits logitsAreTheReferences",
          "broken-other-gain: logitsAreTheReferences",
          "broken-padded-logits: logitsAreTheReferences",
          "broken-parallel-block: logitsAreTheReferences",
          "broken-position: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-promised-activation: everyActivationThatIsPromisedIsShownWithItsShape",
          "broken-reduction-order: theSamePromptTwiceGivesTheSameBits rewindingOneTokenAtATimeReplaysEveryStep",
          "broken-refusal: badInputIsRefusedAndTheSessionKept",
          "broken-replay: anAnswerDependsOnTheWholePrompt",
          "broken-residual-missing: logitsAreTheReferences residualsAddUp",
          "broken-residual-twice: logitsAreTheReferences residualsAddUp",
          "broken-rewind-wpe: rewindingOneTokenAtATimeReplaysEveryStep",
          "broken-rewind: whatWasForgottenLeavesNoTrace",
          "broken-shared-buffer: sessionsOnSeveralThreadsDoNotDisturbEachOther",
          "broken-shared-cache: sessionsThatTakeTurnsDoNotDisturbEachOther",
          "broken-shared-logits: logitsStayValidWhileAnotherSessionWorks",
          "broken-short-ids: everyIdOfALargeVocabularyIsKnown",
          "broken-showcase: logitsAreTheReferences",
          "broken-softmax-sum: logitsAreTheReferences",
          "broken-stale-logits: oneForwardEqualsTokenByToken aPromptInTwoPartsEqualsThePrompt",
          "broken-softmax-overflow: largeWeightsGiveFiniteLogits",
          "broken-static-cache: twoModelsAtOnceDoNotDisturbEachOther",
          "broken-threads: noMoreThreadsWorkThanTheExecutionPathSays",
          "broken-tied-head: greedyTokensAreTheReferences everyIdOfALargeVocabularyIsKnown",
          "broken-ties: theLowestIdWinsATie",
          "broken-weights: weightsAreNeverWritten",
          "broken-window: logitsAreTheReferences",
          "faulty-nan: ordinaryWeightsGiveFiniteLogits logitsAreTheReferences",
          "faulty-rubbish: greedyIsTheArgmaxOfTheLogits greedyTokensAreTheReferences",
          "faulty-short: greedyIsTheArgmaxOfTheLogits greedyTokensAreTheReferences");

  private static final Map<String, Set<String>> KNOWN = new HashMap<>();

  static Stream<String> expected() {
    return EXPECTED.stream();
  }

  @ParameterizedTest
  @MethodSource("expected")
  void everyPlantedBugBreaksTheLawsThatAreAboutIt(String line) {
    String[] parts = line.split(": ", 2);
    Set<String> laws = new TreeSet<>(Arrays.asList(parts[1].split(" ")));
    Set<String> broken = brokenLaws(line);
    assertTrue(broken.containsAll(laws), () -> "broken: " + broken);
  }

  @Test
  void theRightBackendBreaksNone() {
    assertEquals(Set.of(), run(new KvCacheBackend(), true).brokenLaws());
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
  void everyPlantedBugIsListed() {
    Set<String> listed = new TreeSet<>();
    expected().forEach(line -> listed.add(line.substring(0, line.indexOf(':'))));
    for (Backend backend : ServiceLoader.load(Backend.class)) {
      if (backend instanceof BrokenBackend) {
        assertTrue(listed.contains(backend.id()), backend.id());
      }
    }
  }

  /// A law that nothing can break tells nothing.
  @Test
  void everyLawIsBrokenBySomething() {
    Set<String> broken = new TreeSet<>();
    expected().forEach(line -> broken.addAll(brokenLaws(line)));
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

  /// The laws that the backend of a line breaks. It meets all golden files if they must catch it.
  private static Set<String> brokenLaws(String line) {
    return KNOWN.computeIfAbsent(
        line,
        key ->
            run(byId(key.substring(0, key.indexOf(':'))), key.contains("AreTheReferences"))
                .brokenLaws());
  }

  private static Backend byId(String id) {
    return ServiceLoader.load(Backend.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(backend -> backend.id().equals(id))
        .findFirst()
        .orElseThrow();
  }
}
