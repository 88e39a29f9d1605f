package dev.lockstep.harness.verification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.harness.diagnosis.explain.Explainer;
import dev.lockstep.harness.diagnosis.explain.Explanation;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.tck.Golden;
import dev.lockstep.tck.RandomModel;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Right backends pass: no operation is beyond its budget and no check fails, on models of odd
/// shapes.
class NoFalseAlarmTest {
  /// The stages, and backends whose sums have another order.
  private static final List<String> RIGHT =
      List.of(
          "naive",
          "kvcache",
          "simd",
          "right-pairwise",
          "right-blocked",
          "right-fused",
          "right-double",
          "right-online");

  static Stream<Golden> models() {
    return Golden.all().stream().filter(golden -> !golden.name().startsWith("shakespeare"));
  }

  private static int[] tokens(Gpt2Config config, int length, long seed) {
    return new SplittableRandom(seed)
        .ints(Math.min(length, config.nPositions()), 0, config.vocabSize())
        .toArray();
  }

  @ParameterizedTest
  @MethodSource("models")
  void rightBackendsPassOnOddModels(Golden golden) throws Exception {
    try (LoadedModel loaded = golden.openModel()) {
      for (String id : RIGHT) {
        try (InferenceModel model =
            InProcess.load(InProcess.backend(id), loaded.weights(), Map.of())) {
          requireWithinBudgets(id, model, loaded.weights(), 19);
          requireConsistent(id, model, loaded.weights());
        }
      }
    }
  }

  private static void requireWithinBudgets(
      String id, InferenceModel model, Gpt2Weights weights, int length) throws Exception {
    int[] tokens = tokens(weights.config(), length, 7);
    int cut = Math.max(1, tokens.length * 2 / 3);
    Script script =
        new ConsistencyScripts(
                weights.config(),
                Arrays.copyOf(tokens, cut),
                Arrays.copyOfRange(tokens, cut, tokens.length))
            .prefillAndDecode(Arrays.copyOfRange(tokens, cut, tokens.length));
    try (Playback play = InProcess.play(model, script.observed())) {
      Explanation explanation =
          new Explainer(weights, name -> {})
              .explain(InProcess.traces(play, weights.config()).getFirst());
      assertTrue(explanation.finding().isEmpty(), () -> id + ": " + explanation.finding());
      assertEquals(Activations.all(weights.config()).size(), explanation.operations().size(), id);
    }
  }

  private static void requireConsistent(String id, InferenceModel model, Gpt2Weights weights)
      throws Exception {
    int[] sequence = tokens(weights.config(), 40, 8);
    int length = Math.max(1, sequence.length - 4);
    int[] prompt = Arrays.copyOf(sequence, length);
    int[] next = Arrays.copyOfRange(sequence, length, sequence.length);
    SelfConsistency self =
        new SelfConsistency(
            InProcess.runner(model),
            weights.config(),
            prompt,
            next,
            InProcess.bound(weights, sequence));
    for (ConsistencyCheck check : self.checks()) {
      assertNull(self.run(check).problem(), id + ", " + check);
    }
  }

  /// Large sums are where a budget that grew too slowly would give way first.
  @Test
  void wideSumsAndLongContextsStayWithinBudgets() throws Exception {
    Gpt2Weights weights = RandomModel.untied(RandomModel.config(1, 4, 512, 160, 300), 3);
    for (String id : List.of("kvcache", "simd")) {
      try (InferenceModel model = InProcess.load(InProcess.backend(id), weights, Map.of())) {
        requireWithinBudgets(id, model, weights, 150);
      }
    }
  }

  /// The evaluation is GPT-2: naive in double precision, another implementation, agrees with it to
  /// a millionth of what single precision may cost.
  @Test
  void theEvaluationIsNaiveInDoublePrecision() throws Exception {
    Gpt2Weights weights = RandomModel.untied(RandomModel.config(3, 3, 33, 67, 61), 2);
    try (InferenceModel model =
        InProcess.load(InProcess.backend("naive"), weights, Map.of("precision", "f64"))) {
      Script.Builder script = new Script.Builder();
      script.forwardAll(0, tokens(weights.config(), 30, 4));
      try (Playback play = InProcess.play(model, script.build().observed())) {
        Explanation explanation =
            new Explainer(weights, name -> {})
                .explain(InProcess.traces(play, weights.config()).getFirst());
        for (Explanation.OperationReport report : explanation.operations()) {
          assertTrue(report.worst().ratio() < 1e-6, report::toString);
        }
      }
    }
  }
}
