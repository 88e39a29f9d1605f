package dev.lockstep.backend.naive;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.golden.GoldenCase;
import dev.lockstep.tck.Golden;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// A golden token says something about a backend only where rounding cannot change it. The bound is
/// 16 × max |naive f32 − naive f64| of the logits at that position.
class NearTieBoundTest {
  private static final double FACTOR = 16;

  @TestFactory
  Stream<DynamicTest> everyGoldenMarginIsBeyondTheBound() {
    return Golden.all().stream()
        .map(golden -> DynamicTest.dynamicTest(golden.name(), () -> assertMargins(golden, 1)));
  }

  @TestFactory
  Stream<DynamicTest> everyMarginOfTheBuiltInPromptsIsAHundredTimesTheBound() {
    return Golden.all().stream()
        .filter(golden -> golden.name().contains("built-in"))
        .map(golden -> DynamicTest.dynamicTest(golden.name(), () -> assertMargins(golden, 100)));
  }

  private static void assertMargins(Golden golden, double times) {
    NaiveBackend naive = new NaiveBackend();
    try (LoadedModel opened = golden.openModel();
        InferenceModel single =
            naive.load(opened.weights(), OptionValues.defaults(naive.options()));
        InferenceModel oracle =
            naive.load(
                opened.weights(), OptionValues.of(naive.options(), Map.of("precision", "f64")))) {
      for (GoldenCase each : golden.file().cases()) {
        double[] errors = errors(single, oracle, each);
        for (int i = 0; i < each.greedyIds().length; i++) {
          double bound = FACTOR * errors[each.promptIds().length - 1 + i];
          double margin = each.greedyMargins()[i];
          assertTrue(
              margin >= times * bound,
              String.format(
                  Locale.ROOT,
                  "case %s, new token %d: margin %.3g is %.1f times the bound %.3g",
                  each.id(),
                  i,
                  margin,
                  margin / bound,
                  bound));
        }
      }
    }
  }

  /// max |f32 − f64| of the logits after every token of the prompt and the answer.
  private static double[] errors(InferenceModel single, InferenceModel oracle, GoldenCase each) {
    int[] tokens =
        IntStream.concat(IntStream.of(each.promptIds()), IntStream.of(each.greedyIds())).toArray();
    List<float[]> rounded = new ArrayList<>();
    double[] errors = new double[tokens.length];
    try (InferenceSession session = single.newSession();
        InferenceSession exact = oracle.newSession()) {
      session.forwardAll(tokens, (position, logits) -> rounded.add(logits.clone()));
      exact.forwardAllF64(
          tokens,
          (position, logits) -> {
            for (int id = 0; id < logits.length; id++) {
              double error = Math.abs(rounded.get(position)[id] - logits[id]);
              errors[position] = Math.max(errors[position], error);
            }
          });
    }
    return errors;
  }
}
