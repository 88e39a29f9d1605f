package dev.lockstep.testbackends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Backend;
import dev.lockstep.backend.kvcache.KvCacheBackend;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The contract notices every planted bug, by the law that is about it.
class ContractCatchesTest {

  /// Planted bugs and the laws that must catch them; other laws may break too.
  private static final List<String> EXPECTED =
      List.of(
          "broken-attention-future: logitsAreTheReferences forwardAllShowsTheLogitsOfEveryForward",
          "broken-attention-heads: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-attention-mask: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-attention-scale: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-attention-swapped: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-attn-bias: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-attn-proj-bias: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-attn-proj-transposed: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-bf16-weights: logitsAreTheReferences",
          "broken-close: aClosedSessionRefusesEverything",
          "broken-decode-position: oneForwardEqualsTokenByToken aPromptInTwoPartsEqualsThePrompt",
          "broken-execution-path: availabilityIsAnsweredAndMeant",
          "broken-fc-bias: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-flipped-bit: logitsAreTheReferences",
          "broken-forward-all: forwardAllShowsTheLogitsOfEveryForward",
          "broken-gelu-cube: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-gelu-erf: logitsAreTheReferences",
          "broken-generate: greedyIsTheArgmaxOfTheLogits",
          "broken-last-prefill-row: oneForwardEqualsTokenByToken logitsAreTheReferences",
          "broken-layer-norm-bias: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-layer-norm-epsilon: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-layer-norm-skipped: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-layer-norm-variance: logitsAreTheReferences",
          "broken-mlp-proj-bias: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-model-close: aClosedModelClosesItsSessions",
          "broken-observed: beingObservedChangesNoBit",
          "broken-position: greedyTokensAreTheReferences logitsAreTheReferences",
          "broken-reduction-order: rewindingOneTokenAtATimeReplaysEveryStep",
          "broken-refusal: badInputIsRefusedAndTheSessionKept",
          "broken-replay: anAnswerDependsOnTheWholePrompt",
          "broken-rewind: whatWasForgottenLeavesNoTrace",
          "broken-shared-buffer: sessionsOnSeveralThreadsDoNotDisturbEachOther",
          "broken-shared-cache: sessionsThatTakeTurnsDoNotDisturbEachOther",
          "broken-shared-logits: logitsStayValidWhileAnotherSessionWorks",
          "broken-threads: noMoreThreadsWorkThanTheExecutionPathSays",
          "broken-tied-head: greedyTokensAreTheReferences theLowestIdWinsATie",
          "broken-ties: theLowestIdWinsATie",
          "faulty-nan: ordinaryWeightsGiveFiniteLogits logitsAreTheReferences",
          "faulty-rubbish: greedyIsTheArgmaxOfTheLogits greedyTokensAreTheReferences",
          "faulty-short: greedyIsTheArgmaxOfTheLogits greedyTokensAreTheReferences");

  static Stream<String> expected() {
    return EXPECTED.stream();
  }

  @ParameterizedTest
  @MethodSource("expected")
  void everyPlantedBugBreaksTheLawsThatAreAboutIt(String line) {
    String[] parts = line.split(": ", 2);
    Set<String> laws = new TreeSet<>(Arrays.asList(parts[1].split(" ")));
    Set<String> broken = PlantedContract.brokenLaws(byId(parts[0]));
    assertTrue(broken.containsAll(laws), () -> "broken: " + broken);
  }

  @Test
  void theRightBackendBreaksNone() {
    assertEquals(Set.of(), PlantedContract.brokenLaws(new KvCacheBackend()));
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

  private static Backend byId(String id) {
    return ServiceLoader.load(Backend.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(backend -> backend.id().equals(id))
        .findFirst()
        .orElseThrow();
  }
}
