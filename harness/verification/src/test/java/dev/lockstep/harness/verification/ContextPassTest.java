package dev.lockstep.harness.verification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.tck.RandomModel;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContextPassTest {
  private static final long SEED = 5;

  private static ContextPass.Result compare(String backend, Gpt2Weights weights, int positions)
      throws Exception {
    ContextPass pass = ContextPass.of(weights.config(), positions, SEED);
    int[] tokens = pass.tokens();
    List<double[]> right = InProcess.naiveLogits(weights, "f64", tokens);
    try (InferenceModel model = InProcess.load(InProcess.backend(backend), weights, Map.of())) {
      return pass.compare(
          InProcess.runner(model), right::get, InProcess.bound(weights, tokens), tokens.length);
    }
  }

  private static Gpt2Weights model(int positions) {
    return RandomModel.tied(RandomModel.config(2, 3, 33, positions, 61), 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"naive", "kvcache", "simd"})
  void rightBackendsPass(String backend) throws Exception {
    for (int positions : new int[] {1, 2, 3, 17, 200}) {
      assertNull(compare(backend, model(positions), positions).problem(), backend);
    }
  }

  /// None of these shows on a prompt that is far shorter than the context.
  @ParameterizedTest
  @ValueSource(
      strings = {"broken-cache-ring", "broken-last-wpe", "broken-window", "broken-forward-greedy"})
  void faultsThatBeginSomewhereAreFound(String backend) throws Exception {
    String problem = compare(backend, model(200), 200).problem();
    assertNotNull(problem, backend);
    assertTrue(problem.startsWith("at position "), problem);
  }

  @Test
  void everyPositionIsLookedAtInOneCallAndInManyAndOneByOne() throws Exception {
    ContextPass.Result result = compare("kvcache", model(200), 200);
    assertTrue(result.logits().positions() >= 400, "rows: " + result.logits().positions());
  }

  @Test
  void theCornersOfTheVocabularyAreAmongTheTokens() {
    int[] tokens = ContextPass.of(model(200).config(), 1 << 20, SEED).tokens();
    assertEquals(200, tokens.length);
    assertTrue(IntStream.of(tokens).anyMatch(id -> id == 0));
    assertTrue(IntStream.of(tokens).anyMatch(id -> id == 60));
    assertTrue(Arrays.stream(tokens).distinct().count() < tokens.length, "a token twice");
  }
}
