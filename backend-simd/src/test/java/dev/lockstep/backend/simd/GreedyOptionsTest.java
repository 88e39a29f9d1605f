package dev.lockstep.backend.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

/// The certified head and the drafts give the plain loop's tokens, no more and no fewer, and leave
/// the session where it leaves it.
class GreedyOptionsTest {
  private static final int POSITIONS = 160;
  private static final Gpt2Config CONFIG = RandomModel.config(1, 2, 26, POSITIONS, 150);
  private static final Gpt2Weights WEIGHTS = RandomModel.tied(CONFIG, 6);

  private static InferenceModel load(String vector, boolean certified, boolean drafts) {
    return SimdModel.load(WEIGHTS, new SimdOptions(true, true, vector, 2, certified, drafts));
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

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyWidthGivesThePlainLoopsTokens(boolean drafts) {
    int[] random = new SplittableRandom(4).ints(9, 0, CONFIG.vocabSize()).toArray();
    for (int[] prompt : List.of(repetitivePrompt(), random)) {
      List<Integer> expected;
      try (InferenceModel model = load("off", false, false)) {
        expected = generate(model, prompt, 100);
      }
      for (String vector : VectorWidths.here()) {
        try (InferenceModel model = load(vector, true, drafts)) {
          assertEquals(expected, generate(model, prompt, 100), model.executionPath().toString());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void plainWeightsGiveThePlainLoopsTokens(boolean tuned) {
    int[] prompt = repetitivePrompt();
    List<Integer> expected;
    try (InferenceModel model = load("off", false, false)) {
      expected = generate(model, prompt, 100);
    }
    for (String vector : VectorWidths.here()) {
      SimdOptions options = new SimdOptions(false, tuned, vector, 2, true, true);
      try (InferenceModel model = SimdModel.load(WEIGHTS, options)) {
        assertEquals(expected, generate(model, prompt, 100), model.executionPath().toString());
      }
    }
  }

  @Test
  void draftsStopAfterExactlyNTokensAndAtTheEndOfTheContext() {
    try (InferenceModel plain = load("max", false, false);
        InferenceModel drafting = load("max", false, true)) {
      for (int n : new int[] {1, 2, 3, 4, 5, 9, 17, POSITIONS - 41}) {
        int[] prompt = repetitivePrompt();
        assertEquals(generate(plain, prompt, n), generate(drafting, prompt, n));
      }
    }
  }

  @Test
  void theExecutionPathTellsWhatTheOptionsBrought() {
    try (InferenceModel model = load("max", true, true)) {
      assertEquals("not used yet", model.executionPath().get("head_rescored"));
      assertEquals("0 of 0", model.executionPath().get("draft_accepted"));
      generate(model, repetitivePrompt(), 80);
      String drafts = String.valueOf(model.executionPath().get("draft_accepted"));
      assertFalse(drafts.endsWith("of 0"), drafts);
      String rescored = String.valueOf(model.executionPath().get("head_rescored"));
      assertTrue(rescored.contains("panels rescored"), rescored);
    }
  }
}
