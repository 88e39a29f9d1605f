package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Numbers stay numbers, and weights stay as they are.
public interface NumberLaws extends Subject {

  @Test
  default void ordinaryWeightsGiveFiniteLogits() {
    assertFinite(RandomModel.tied(SHAPE, 1));
  }

  /// Attention scores in the thousands overflow a softmax that does not subtract the greatest, and
  /// a GELU by exponentials.
  @Test
  default void largeWeightsGiveFiniteLogits() {
    assertFinite(RandomModel.scaled(SHAPE, 2, 30));
  }

  @Test
  default void zeroWeightsGiveZeroLogits() {
    try (InferenceModel model = load(RandomModel.scaled(SHAPE, 3, 0));
        InferenceSession session = model.newSession()) {
      for (float logit : session.forward(1, 2, 3)) {
        assertTrue(logit == 0, () -> "logit " + logit);
      }
    }
  }

  /// Attention passes a token's NaN on to every later position; those before it know nothing of it.
  @Test
  default void aWeightThatIsNoNumberSpoilsWhatDependsOnItAndNothingElse() {
    int bad = 5;
    int[] tokens = {1, 2, 3, bad, 4, 6};
    long index = (long) bad * SHAPE.nEmbd() + 7;
    Gpt2Weights weights = RandomModel.withWeight(SHAPE, 8, "wte.weight", index, Float.NaN);
    try (InferenceModel model = load(weights);
        InferenceSession together = model.newSession();
        InferenceSession single = model.newSession()) {
      together.forwardAll(tokens, NumberLaws::assertSpoiltFromFourthOn);
      for (int position = 0; position < tokens.length; position++) {
        assertSpoiltFromFourthOn(position, single.forward(tokens[position]));
      }
    }
  }

  /// Every operation hands on what is no number, so that a damaged weight does not go unseen: each
  /// logit depends on every channel of each bias.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "h.0.ln_1", "h.0.attn.c_attn", "h.0.attn.c_proj", "h.0.ln_2", "h.0.mlp.c_fc",
        "h.0.mlp.c_proj", "h.1.ln_1", "h.1.attn.c_attn", "h.1.attn.c_proj", "h.1.ln_2",
        "h.1.mlp.c_fc", "h.1.mlp.c_proj", "ln_f"
      })
  default void aBiasThatIsNoNumberSpoilsEveryLogit(String operation) {
    Gpt2Weights weights = RandomModel.withWeight(SHAPE, 10, operation + ".bias", 5, Float.NaN);
    try (InferenceModel model = load(weights);
        InferenceSession together = model.newSession();
        InferenceSession single = model.newSession()) {
      int[] tokens = {1, 2, 3};
      together.forwardAll(tokens, (position, logits) -> assertSpoilt(logits));
      for (int token : tokens) {
        assertSpoilt(single.forward(token));
      }
    }
  }

  private static void assertSpoilt(float[] logits) {
    for (int id = 0; id < logits.length; id++) {
      assertTrue(Float.isNaN(logits[id]), "logit " + id + " is " + logits[id]);
    }
  }

  private static void assertSpoiltFromFourthOn(int position, float[] logits) {
    for (float logit : logits) {
      assertEquals(position >= 3, Float.isNaN(logit), () -> "position " + position + ": " + logit);
    }
  }

  @Test
  default void anInfiniteWeightOfTheHeadSpoilsItsLogitAndNoOther() {
    int row = 9;
    long index = (long) row * SHAPE.nEmbd() + 7;
    Gpt2Weights weights =
        RandomModel.withWeight(SHAPE, 9, "lm_head.weight", index, Float.POSITIVE_INFINITY);
    try (InferenceModel model = load(weights);
        InferenceSession session = model.newSession()) {
      float[] logits = session.forward(1, 2, 3);
      for (int id = 0; id < logits.length; id++) {
        String what = "logit " + id + " is " + logits[id];
        assertEquals(id == row, !Float.isFinite(logits[id]), what);
      }
    }
  }

  private void assertFinite(Gpt2Weights weights) {
    try (InferenceModel model = load(weights);
        InferenceSession session = model.newSession()) {
      session.forwardAll(
          Subject.tokens(SHAPE, SHAPE.nPositions(), 4),
          (position, logits) -> {
            for (float logit : logits) {
              assertTrue(Float.isFinite(logit), () -> "position " + position + ": " + logit);
            }
          });
    }
  }

  @Test
  default void weightsAreNeverWritten() {
    for (Gpt2Weights weights : List.of(RandomModel.tied(SHAPE, 5), RandomModel.untied(SHAPE, 6))) {
      String before = RandomModel.digest(weights);
      try (InferenceModel model = load(weights);
          InferenceSession session = model.newSession()) {
        session.forward(Subject.tokens(SHAPE, 33, 7));
        session.generateGreedy(new int[] {1}, 8, token -> {});
        session.rewind(3);
        session.forward(2);
      }
      assertEquals(before, RandomModel.digest(weights));
    }
  }
}
