package dev.lockstep.harness.diagnosis.hint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.harness.diagnosis.explain.Explainer;
import dev.lockstep.harness.diagnosis.explain.Explanation;
import dev.lockstep.harness.diagnosis.explain.Finding;
import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Evaluation;
import dev.lockstep.harness.diagnosis.operation.Network;
import dev.lockstep.harness.diagnosis.operation.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each mistake that is suspected is recognised by what it does: rows made with it, rounded to
/// single precision, are blamed on their operation with that hint.
class SuspectsTest {
  private static final Gpt2Config SHAPE = new Gpt2Config(2, 3, 12, 24, 29, 1e-5);
  private static final Gpt2Weights WEIGHTS = MadeWeights.untied(SHAPE, 1);
  private static final int[] TOKENS =
      new SplittableRandom(3).ints(10, 0, SHAPE.vocabSize()).toArray();
  private static final Network NETWORK = new Network(WEIGHTS);

  static Stream<String> names() {
    return NETWORK.names().stream().filter(name -> !name.startsWith("h.0."));
  }

  @ParameterizedTest
  @MethodSource("names")
  void everySuspectIsRecognisedByWhatItDoes(String name) {
    Trace right = MadeTrace.of(NETWORK, TOKENS);
    int[] positions = IntStream.range(0, TOKENS.length).toArray();
    int recognised = 0;
    List<String> confused = new ArrayList<>();
    List<Alternative> suspects = new Suspects(NETWORK, right, name).all(0);
    for (Alternative suspect : suspects) {
      Evaluation evaluation = new Evaluation(NETWORK, right);
      Estimate[] wrong = evaluation.with(name, suspect.computation()).evaluate(name, positions);
      Trace trace = MadeTrace.of(NETWORK, TOKENS, name, wrong);
      Explanation explanation = new Explainer(WEIGHTS, each -> {}).explain(trace);
      if (explanation.finding().isEmpty()) {
        continue; // Here the mistake makes no difference beyond rounding.
      }
      Finding finding = explanation.finding().get();
      assertEquals(name, finding.operation(), suspect.hint());
      if (alike(finding.hint().orElse("")).equals(alike(suspect.hint()))) {
        recognised++;
      } else {
        confused.add(suspect.hint() + " -> " + finding.hint().orElse("nothing"));
      }
    }
    assertTrue(recognised > 0, name);
    assertEquals(List.of(), confused, name);
  }

  /// Two formats that keep the same bits of ordinary numbers cannot be told apart.
  private static String alike(String hint) {
    return hint.replace("float16 or TF32", "TF32").replace(", ties away from zero", "");
  }

  @ParameterizedTest
  @MethodSource("names")
  void anErrorThatIsNoUsualMistakeGetsNoHint(String name) {
    SplittableRandom random = new SplittableRandom(9);
    Trace right = MadeTrace.of(NETWORK, TOKENS);
    int[] positions = IntStream.range(0, TOKENS.length).toArray();
    Estimate[] wrong = new Evaluation(NETWORK, right).evaluate(name, positions);
    for (Estimate row : wrong) {
      Arrays.setAll(row.values(), c -> row.values()[c] * (1 + 0.01 * random.nextGaussian()));
    }
    Finding finding =
        new Explainer(WEIGHTS, each -> {})
            .explain(MadeTrace.of(NETWORK, TOKENS, name, wrong))
            .finding()
            .orElseThrow();
    assertEquals(name, finding.operation());
    assertTrue(finding.hint().isEmpty(), finding::toString);
  }
}
