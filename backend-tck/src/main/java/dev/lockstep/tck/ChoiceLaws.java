package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.Logits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The greedy token is that of the greatest logit, whichever method chooses it.
public interface ChoiceLaws extends Subject {

  @Test
  default void greedyIsTheArgmaxOfTheLogits() {
    int[] prompt = Subject.tokens(SHAPE, 6, 5);
    int n = SHAPE.nPositions() - prompt.length + 1;
    try (InferenceModel model = loadRandom();
        InferenceSession logits = model.newSession();
        InferenceSession steps = model.newSession();
        InferenceSession loop = model.newSession();
        InferenceSession continued = model.newSession()) {
      List<Integer> expected = new ArrayList<>();
      List<Integer> stepwise = new ArrayList<>();
      expected.add(Logits.argmax(logits.forward(prompt)));
      stepwise.add(steps.forwardGreedy(prompt));
      while (expected.size() < n) {
        expected.add(Logits.argmax(logits.forward(expected.getLast())));
        stepwise.add(steps.forwardGreedy(stepwise.getLast()));
      }
      List<Integer> generated = new ArrayList<>();
      loop.generateGreedy(prompt, n, generated::add);
      assertEquals(expected, stepwise, "forwardGreedy");
      assertEquals(expected, generated, "generateGreedy");
      assertEquals(prompt.length + n - 1, loop.position(), "the last new token is not appended");
      List<Integer> further = new ArrayList<>();
      continued.forward(Arrays.copyOf(prompt, 4));
      continued.generateGreedy(Arrays.copyOfRange(prompt, 4, prompt.length), n, further::add);
      assertEquals(expected, further, "generateGreedy after 4 tokens");
      assertEquals(loop.position(), continued.position(), "position after 4 tokens and the others");
    }
  }

  /// Ids that differ by a multiple of `distance` have the same row of the head: they may lie in
  /// one block of an argmax, in its lanes, or far apart.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 31})
  default void theLowestIdWinsATie(int distance) {
    Gpt2Weights weights = RandomModel.withEqualHeadRows(SHAPE, 6, distance);
    assertAllChooseTheGreatestLogit(weights, Subject.tokens(SHAPE, 16, 7));
  }

  /// The best logit is ahead of the next by 2⁻¹³ of itself, a quarter of what half precision keeps
  /// apart, or by 2⁻¹⁶, some fifty times what single precision rounds.
  @ParameterizedTest
  @ValueSource(ints = {13, 16})
  default void theGreatestLogitWinsHoweverCloseTheOthersAre(int bits) {
    Gpt2Weights weights = RandomModel.withNearlyEqualHeadRows(SHAPE, 6, 5, Math.scalb(1.0, -bits));
    assertAllChooseTheGreatestLogit(weights, Subject.tokens(SHAPE, 16, 8));
  }

  private void assertAllChooseTheGreatestLogit(Gpt2Weights weights, int[] tokens) {
    try (InferenceModel model = load(weights);
        InferenceSession logits = model.newSession();
        InferenceSession greedy = model.newSession();
        InferenceSession loop = model.newSession()) {
      for (int i = 0; i < tokens.length; i++) {
        int best = Logits.argmax(logits.forward(tokens[i]));
        assertEquals(best, greedy.forwardGreedy(tokens[i]), "forwardGreedy");
        loop.rewind(0);
        List<Integer> generated = new ArrayList<>();
        loop.generateGreedy(Arrays.copyOf(tokens, i + 1), 1, generated::add);
        assertEquals(List.of(best), generated, "generateGreedy");
      }
    }
  }

  /// In a model that says every token again, each id wins once: none is passed over at the end of
  /// the vocabulary, or at the edge of what a lane, a tile or a block looks at.
  @Test
  default void everyIdCanWin() {
    Gpt2Config config = RandomModel.config(1, 4, 64, 32, 263);
    try (InferenceModel model = load(RandomModel.repeating(config, 9));
        InferenceSession greedy = model.newSession();
        InferenceSession loop = model.newSession()) {
      for (int id = 0; id < config.vocabSize(); id++) {
        if (greedy.position() == config.nPositions()) {
          greedy.rewind(0);
        }
        assertEquals(id, greedy.forwardGreedy(id), "forwardGreedy");
        loop.rewind(0);
        List<Integer> generated = new ArrayList<>();
        loop.generateGreedy(new int[] {id}, 1, generated::add);
        assertEquals(List.of(id), generated, "generateGreedy");
      }
    }
  }
}
