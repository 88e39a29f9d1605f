package dev.lockstep.backend.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.tck.RandomModel;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The certified head gives the full head's tokens, no more and no fewer, and leaves the session
/// where the full head leaves it.
class CertifiedHeadTest {
  private static final int POSITIONS = 160;
  private static final Gpt2Config CONFIG = RandomModel.config(1, 2, 26, POSITIONS, 150);
  private static final Gpt2Weights WEIGHTS = RandomModel.tied(CONFIG, 6);

  private static InferenceModel load(String vector, boolean certified) {
    return SimdModel.load(WEIGHTS, new SimdOptions(true, true, vector, 2, certified));
  }

  private static int[] repetitivePrompt() {
    int[] prompt = new int[40];
    for (int i = 0; i < prompt.length; i++) {
      prompt[i] = i % 6;
    }
    return prompt;
  }

  private static List<Integer> generate(InferenceModel model, int[] prompt, int n) {
    List<Integer> tokens = new ArrayList<>();
    try (InferenceSession session = model.newSession()) {
      session.generateGreedy(prompt, n, tokens::add);
      assertEquals(prompt.length + n - 1, session.position());
      tokens.add(session.forwardGreedy(tokens.getLast()));
    }
    return tokens;
  }

  @Test
  void everyWidthGivesTheFullHeadsTokens() {
    int[] random = new SplittableRandom(4).ints(9, 0, CONFIG.vocabSize()).toArray();
    for (int[] prompt : List.of(repetitivePrompt(), random)) {
      List<Integer> expected;
      try (InferenceModel model = load("off", false)) {
        expected = generate(model, prompt, 100);
      }
      for (String vector : VectorWidths.here()) {
        try (InferenceModel model = load(vector, true)) {
          assertEquals(expected, generate(model, prompt, 100), model.executionPath().toString());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void plainWeightsGiveTheFullHeadsTokens(boolean tuned) {
    int[] prompt = repetitivePrompt();
    List<Integer> expected;
    try (InferenceModel model = load("off", false)) {
      expected = generate(model, prompt, 100);
    }
    for (String vector : VectorWidths.here()) {
      SimdOptions options = new SimdOptions(false, tuned, vector, 2, true);
      try (InferenceModel model = SimdModel.load(WEIGHTS, options)) {
        assertEquals(expected, generate(model, prompt, 100), model.executionPath().toString());
      }
    }
  }

  @Test
  void theExecutionPathTellsHowManyPanelsWereRescored() {
    try (InferenceModel model = load("max", true)) {
      assertEquals("not used yet", model.executionPath().get("head_rescored"));
      generate(model, repetitivePrompt(), 80);
      String rescored = String.valueOf(model.executionPath().get("head_rescored"));
      assertTrue(rescored.contains("panels rescored"), rescored);
    }
  }
}
