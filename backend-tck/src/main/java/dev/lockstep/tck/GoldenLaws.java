package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.Precision;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.golden.GoldenCase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// A backend answers what an independent implementation in float64 answered: the same tokens, and
/// logits within [#tolerance]. An approximate backend answers as many tokens of the vocabulary, and
/// numbers.
public interface GoldenLaws extends Subject {

  @TestFactory
  default Stream<DynamicTest> greedyTokensAreTheReferences() {
    return eachGolden(this::assertTokens);
  }

  @TestFactory
  default Stream<DynamicTest> logitsAreTheReferences() {
    return eachGolden(this::assertLastLogits);
  }

  /// A check of one case on a loaded model.
  @FunctionalInterface
  interface CaseCheck {
    void accept(InferenceModel model, GoldenCase golden);
  }

  private Stream<DynamicTest> eachGolden(CaseCheck check) {
    return goldens().stream()
        .map(
            golden ->
                DynamicTest.dynamicTest(
                    golden.name(),
                    () -> {
                      try (LoadedModel opened = golden.openModel();
                          InferenceModel model = load(opened.weights())) {
                        golden.file().cases().forEach(each -> check.accept(model, each));
                      }
                    }));
  }

  private void assertTokens(InferenceModel model, GoldenCase golden) {
    int n = golden.greedyIds().length;
    if (n == 0) {
      return;
    }
    List<Integer> tokens = new ArrayList<>();
    try (InferenceSession session = model.newSession()) {
      session.generateGreedy(golden.promptIds(), n, tokens::add);
    }
    if (isApproximate()) {
      assertEquals(n, tokens.size(), "case " + golden.id());
      int vocabulary = model.config().vocabSize();
      tokens.forEach(id -> assertTrue(id >= 0 && id < vocabulary, "token id " + id));
    } else {
      assertEquals(
          Arrays.stream(golden.greedyIds()).boxed().toList(), tokens, "case " + golden.id());
    }
  }

  /// Twice: in double through teacher forcing, and in single precision through one forward.
  private void assertLastLogits(InferenceModel model, GoldenCase golden) {
    int[] prompt = golden.promptIds();
    String what = "case " + golden.id();
    try (InferenceSession forced = model.newSession();
        InferenceSession whole = model.newSession()) {
      forced.forwardAllF64(
          prompt,
          (position, logits) -> {
            if (position == prompt.length - 1) {
              assertLogits(tolerance(), golden.lastLogits(), logits, what + ", forwardAllF64");
            }
          });
      double[] logits = Precision.widened(whole.forward(prompt));
      assertLogits(Tolerance.F32, golden.lastLogits(), logits, what + ", forward");
    }
  }
}
