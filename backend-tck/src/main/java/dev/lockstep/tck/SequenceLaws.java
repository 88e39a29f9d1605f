package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
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

  /// The same bits where the backend promises them, agreement where it does not.
  private void assertSame(float[] expected, float[] actual, String what) {
    if (promisesBitIdenticalBatches()) {
      assertArrayEquals(expected, actual, 0f, what);
    } else {
      tolerance().assertLogits(expected, actual, what);
    }
  }
}
