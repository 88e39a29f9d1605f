package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.Logits;
import dev.lockstep.api.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// However a sequence is cut into calls, it is the same sequence.
public interface SequenceLaws extends Subject {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 8, 9, 31, 32, 33, 67})
  default void oneForwardEqualsTokenByToken(int length) {
    int[] tokens = Subject.tokens(SHAPE, length, length);
    try (InferenceModel model = loadRandom();
        InferenceSession whole = model.newSession();
        InferenceSession steps = model.newSession()) {
      float[] expected = whole.forward(tokens).clone();
      float[] actual = {};
      for (int token : tokens) {
        actual = steps.forward(token);
      }
      assertSame(expected, actual, "logits after token " + length);
      assertEquals(length, whole.position());
      assertEquals(length, steps.position());
    }
  }

  /// A path for batches of one length only shows with that length.
  @Test
  default void aBatchOfAnyLengthGivesTheSameLogits() {
    int[] tokens = Subject.tokens(SHAPE, SHAPE.nPositions(), 8);
    try (InferenceModel model = loadRandom();
        InferenceSession steps = model.newSession()) {
      for (int length = 1; length <= tokens.length; length++) {
        float[] expected = steps.forward(tokens[length - 1]);
        try (InferenceSession batch = model.newSession()) {
          float[] actual = batch.forward(Arrays.copyOf(tokens, length));
          assertSame(expected, actual, length + " tokens in one forward");
        }
      }
    }
  }

  @Test
  default void aPromptInTwoPartsEqualsThePrompt() {
    int[] tokens = Subject.tokens(SHAPE, 40, 2);
    try (InferenceModel model = loadRandom();
        InferenceSession whole = model.newSession()) {
      float[] expected = whole.forward(tokens).clone();
      for (int cut : new int[] {1, 7, 16, 33, 39}) {
        try (InferenceSession parts = model.newSession()) {
          parts.forward(Arrays.copyOf(tokens, cut));
          float[] actual = parts.forward(Arrays.copyOfRange(tokens, cut, tokens.length));
          assertSame(expected, actual, "cut at " + cut);
        }
      }
    }
  }

  @Test
  default void forwardAllShowsTheLogitsOfEveryForward() {
    int[] tokens = Subject.tokens(SHAPE, SHAPE.nPositions(), 3);
    try (InferenceModel model = loadRandom();
        InferenceSession steps = model.newSession();
        InferenceSession all = model.newSession()) {
      List<Integer> positions = new ArrayList<>();
      List<float[]> shown = new ArrayList<>();
      int cut = 5;
      all.forward(Arrays.copyOf(tokens, cut));
      all.forwardAll(
          Arrays.copyOfRange(tokens, cut, tokens.length),
          (position, logits) -> {
            positions.add(position);
            shown.add(logits.clone());
          });
      assertEquals(tokens.length, all.position());
      assertEquals(tokens.length - cut, positions.size());
      steps.forward(Arrays.copyOf(tokens, cut));
      for (int i = 0; i < shown.size(); i++) {
        assertEquals(cut + i, positions.get(i));
        assertSame(steps.forward(tokens[cut + i]), shown.get(i), "position " + (cut + i));
      }
    }
  }

  @Test
  default void theDoubleLogitsNarrowToTheSingleOnes() {
    int[] tokens = Subject.tokens(SHAPE, 9, 4);
    int held = 3;
    try (InferenceModel model = loadRandom();
        InferenceSession single = model.newSession();
        InferenceSession twice = model.newSession()) {
      Map<Integer, float[]> expected = new LinkedHashMap<>();
      single.forward(Subject.tokens(SHAPE, held, 5));
      twice.forward(Subject.tokens(SHAPE, held, 5));
      single.forwardAll(tokens, (position, logits) -> expected.put(position, logits.clone()));
      List<Integer> positions = new ArrayList<>();
      twice.forwardAllF64(
          tokens,
          (position, logits) -> {
            assertArrayEquals(
                expected.get(position), Precision.narrowed(logits), 0f, "position " + position);
            positions.add(position);
          });
      assertEquals(List.copyOf(expected.keySet()), positions);
      assertEquals(held + tokens.length, twice.position());
    }
  }

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

  /// The best logit is ahead of the next by a hundredth of a per cent: a hundred times what single
  /// precision rounds, and a quarter of what half precision keeps apart.
  @Test
  default void theGreatestLogitWinsHoweverCloseTheOthersAre() {
    Gpt2Weights weights = RandomModel.withNearlyEqualHeadRows(SHAPE, 6, 5, 0x1p-13);
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

  /// The same bits where the backend promises them, agreement where it does not.
  private void assertSame(float[] expected, float[] actual, String what) {
    if (promisesBitIdenticalBatches()) {
      assertArrayEquals(expected, actual, 0f, what);
    } else {
      tolerance().assertLogits(expected, actual, what);
    }
  }
}
