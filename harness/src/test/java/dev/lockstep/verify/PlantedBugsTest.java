package dev.lockstep.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.Logits;
import dev.lockstep.tck.RandomModel;
import dev.lockstep.testbackends.BrokenBackend;
import dev.lockstep.verify.explain.Explainer;
import dev.lockstep.verify.explain.Finding;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every planted bug is caught by the step that is about it, and where one operation is to blame,
/// that operation is named, with the right hint.
class PlantedBugsTest {
  private static final Gpt2Config SHAPE = RandomModel.config(2, 3, 33, 67, 61);

  private static final Scene SHORT = Scene.of(RandomModel.untied(SHAPE, 1), 5, 20, 14, 4);

  /// To the last position of the context.
  private static final Scene LONG = Scene.of(RandomModel.untied(SHAPE, 1), 6, 67, 63, 4);

  /// More ids than 16 bits can tell apart.
  private static final Scene LARGE_VOCABULARY =
      Scene.of(RandomModel.untied(RandomModel.config(1, 2, 4, 30, 70_000), 1), 7, 20, 14, 4);

  private static final Scene MANY_HEADS =
      Scene.of(RandomModel.untied(RandomModel.config(2, 12, 36, 40, 61), 1), 8, 20, 14, 4);

  /// The bug; the steps that must catch it (others may); and for those with one operation to blame
  /// what the hint says. The operation is the one that the fixture names, or else stands after `@`.
  private static final List<String> EXPECTED =
      List.of(
          "broken-activation-positions: explain@wte+wpe | it is the row of the position before",
          "broken-activation-values: explain@h.0.ln_2.in | none",
          "broken-all-observed: observe explain | the sigmoid form",
          "broken-generate-resets: generate rewind explain@wte+wpe | position 0 takes wte[37], not wte[8]",
          "broken-generate-rewind: rewind explain@h.0.attn.c_proj.in | stale cache row: position 7 has the keys and values of the tokens before the rewind",
          "broken-two-sessions: second_session explain | the sigmoid form",
          "broken-batch-of-eight: batch explain | the bias is missing",
          "broken-cache-layer: logits explain | keys and values of h.0.attn.c_attn",
          "broken-close-others: close explain@h.0.attn.c_proj.in | the cache row of position 0 is empty",
          "broken-dropout: logits explain | dropout is left on",
          "broken-exchanged-rows: batch explain | position 0 has the row of position 1",
          "broken-half-cache: logits explain | keys and values are rounded to float16",
          "broken-inverse-layer: logits explain | the scores are 0.500000 times what they should be",
          "broken-last-token: logits batch explain | of the token at position 12, not wte[",
          "broken-late-scale: logits explain | the probabilities are divided by sqrt(hs), not the scores",
          "broken-log-softmax: logits explain | log-softmax was applied",
          "broken-other-keys: logits explain | head 1 has the keys of head 0",
          "broken-reset: rewind explain@h.0.attn.c_proj.in | position 0 has the keys and values of the tokens before the rewind",
          "broken-skipped-tile: logits explain | input channels 32 to 63 are left out of the sum",
          "broken-decode-gelu: batch explain | the sigmoid form",
          "broken-facade: batch explain | GELU without its cubic term",
          "broken-fast-root: logits explain | off by one factor",
          "broken-fast-tanh: logits explain | as if tanh were approximated: it is off by up to 0.02",
          "broken-forward-greedy: generate",
          "broken-half-sums: logits explain | sums are kept in float16",
          "broken-key-bias: explain | the bias of the keys is missing",
          "broken-odd-head: logits explain | lacks the last channel of every head",
          "broken-one-nan: logits batch explain | 5 of 305 values are not finite",
          "broken-other-gain: logits explain | the gain is that of h.1.ln_1",
          "broken-parallel-block: logits explain | it works on wte+wpe instead of h.0.ln_2.in",
          "broken-residual-missing: tokens logits explain | the residual connection is missing: h.0 is not added",
          "broken-residual-twice: logits explain | h.1.mlp.c_proj is added twice",
          "broken-rewind-wpe: rewind explain | the position embedding is added twice",
          "broken-showcase: logits explain | what is shown as lm_head is right, what the call returns is not",
          "broken-softmax-sum: logits explain | its probabilities do not add up to 1",
          "broken-stale-logits: batch explain | what the call returns is not: it is the row of the position before",
          "broken-attention-future: logits batch explain | a query sees the position after its own",
          "broken-attention-heads: tokens logits explain | heads are interleaved",
          "broken-attention-mask: logits explain | does not see its own position",
          "broken-attention-scale: logits explain | divided by hs, not by sqrt(hs)",
          "broken-attention-swapped: tokens logits explain | keys and values are swapped",
          "broken-attn-bias: logits explain | the bias is missing",
          "broken-attn-proj-bias: logits explain | the bias is missing",
          "broken-attn-proj-transposed: tokens logits explain | transposed",
          "broken-bf16-weights: logits explain | the weights are rounded to bfloat16",
          "broken-decode-position: batch explain | wpe[t - 1]",
          "broken-fc-bias: logits explain | the bias is missing",
          "broken-flipped-bit: logits explain | bit 24 (of the exponent) is flipped",
          "broken-forward-all: logits batch explain@lm_head | it is the row of the position before",
          "broken-gelu-cube: logits explain | GELU without its cubic term",
          "broken-gelu-erf: logits explain | the exact GELU (erf)",
          "broken-generate: generate",
          "broken-last-prefill-row: batch explain | input channel 32, the last one, is left out",
          "broken-layer-norm-bias: logits explain | the bias is missing",
          "broken-layer-norm-epsilon: logits explain | another epsilon: about 10",
          "broken-layer-norm-no-epsilon: explain | epsilon is not added",
          "broken-layer-norm-skipped: logits explain | the LayerNorm is left out",
          "broken-layer-norm-small-epsilon: explain | epsilon",
          "broken-layer-norm-variance: logits explain | divided by C - 1",
          "broken-mlp-proj-bias: logits explain | the bias is missing",
          "broken-observed: observe explain@lm_head | what is shown as lm_head is not what the call returns",
          "broken-position: tokens logits explain | wpe[t + 1]",
          "broken-reduction-order: repeat",
          "broken-replay: generate",
          "broken-rewind: rewind explain@h.0.attn.c_proj.in | stale cache row: position 7 has the keys and values of the tokens before the rewind",
          "broken-shared-buffer: threads",
          "broken-shared-cache: second_session explain@h.0.attn.c_proj.in | the keys and values of session 1",
          "broken-static-cache: second_session explain@h.0.attn.c_proj.in | the keys and values of session 1",
          "broken-tied-head: tokens logits explain | lm_head.weight is ignored");

  /// Those that a short prompt does not show.
  private static final List<String> LATE =
      List.of(
          "broken-cache-ring: logits explain@h.0.attn.c_proj.in | the cache is a ring of 32 rows",
          "broken-last-wpe: logits explain | no position embedding is added",
          "broken-window: logits explain | a query sees the last 32 positions only");

  private static final List<String> OF_LARGE_VOCABULARIES =
      List.of("broken-short-ids: tokens logits explain | token ids are cut to their last 15 bits");

  private static final List<String> OF_MANY_HEADS =
      List.of("broken-ninth-head: logits explain | head 8 has the keys of head 0");

  private static final String OVERFLOW = "broken-softmax-overflow";

  /// Bugs that do not show in what a right caller sees of one backend: the contract's laws are
  /// about them.
  private static final Set<String> FOR_THE_CONTRACT =
      Set.of(
          "broken-activation-lengths",
          "broken-activation-names",
          "broken-cache-arena",
          "broken-cache-slots",
          "broken-close",
          "broken-constant-epsilon",
          "broken-double-positions",
          "broken-double-refusal",
          "broken-execution-path",
          "broken-footprint",
          "broken-generate-ties",
          "broken-kept-array",
          "broken-lane-ties",
          "broken-lasting-pool",
          "broken-last-new-token",
          "broken-last-position",
          "broken-leak",
          "broken-model-close",
          "broken-padded-logits",
          "broken-promised-activation",
          "broken-refusal",
          "broken-shared-context",
          "broken-shared-logits",
          "broken-short-threads",
          "broken-threads",
          "broken-ties",
          "broken-weights");

  static Stream<Arguments> expected() {
    return Stream.of(
            EXPECTED.stream().map(line -> Arguments.of(line, SHORT)),
            LATE.stream().map(line -> Arguments.of(line, LONG)),
            OF_LARGE_VOCABULARIES.stream().map(line -> Arguments.of(line, LARGE_VOCABULARY)),
            OF_MANY_HEADS.stream().map(line -> Arguments.of(line, MANY_HEADS)))
        .flatMap(lines -> lines);
  }

  @ParameterizedTest
  @MethodSource("expected")
  void aPlantedBugIsCaughtByItsStepsAndBlamedOnItsOperation(String line, Scene scene)
      throws Exception {
    String[] parts = line.split(": | \\| ", 3);
    BrokenBackend backend = (BrokenBackend) InProcess.backend(parts[0]);
    String blamed = parts[1].replaceAll("^[^@]*@?", "");
    Set<String> steps = new TreeSet<>(Arrays.asList(parts[1].replaceAll("@.*", "").split(" ")));
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
      String expectedBlame = backend.blame().orElse(blamed);
      assertEquals(expectedBlame, finding.get().operation(), finding.get().describe());
      String hint = finding.get().hint().orElse("none");
      assertTrue(parts.length == 3 && hint.contains(parts[2]), () -> "hint: " + hint);
    }
  }

  /// With ordinary weights it is right: it takes scores beyond 88 to overflow.
  @Test
  void aSoftmaxThatOverflowsIsBlamedWhereScoresAreLarge() throws Exception {
    Gpt2Weights large = RandomModel.scaled(SHAPE, 4, 6);
    BrokenBackend backend = (BrokenBackend) InProcess.backend(OVERFLOW);
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
      assertTrue(finding.hint().orElse("").contains("exp overflows"), finding::toString);
    }
  }

  @Test
  void theSequenceIsDecidedForTheReference() {
    double bound = SHORT.bound();
    for (double[] logits : InProcess.naiveLogits(SHORT.weights(), "f64", SHORT.sequence())) {
      assertTrue(Logits.margin(logits) > bound);
    }
  }

  @Test
  void everyPlantedBugIsListed() {
    Set<String> listed = new TreeSet<>(FOR_THE_CONTRACT);
    listed.add(OVERFLOW);
    expected()
        .map(arguments -> (String) arguments.get()[0])
        .forEach(line -> listed.add(line.substring(0, line.indexOf(':'))));
    Set<String> planted = new TreeSet<>();
    for (Backend backend : ServiceLoader.load(Backend.class)) {
      if (backend instanceof BrokenBackend broken && broken.id().startsWith("broken-")) {
        planted.add(broken.id());
        assertFalse(
            broken.blame().isPresent() && FOR_THE_CONTRACT.contains(broken.id()), broken.id());
      }
    }
    assertEquals(planted, listed);
  }
}
