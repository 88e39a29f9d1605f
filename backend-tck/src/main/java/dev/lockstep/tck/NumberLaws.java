package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import java.util.List;
import org.junit.jupiter.api.Test;

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
