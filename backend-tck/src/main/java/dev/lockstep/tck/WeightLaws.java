package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.Logits;
import dev.lockstep.api.Precision;
import dev.lockstep.api.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Every weight has its place and every number of the config its meaning, also those that ordinary
/// models never put to the test.
public interface WeightLaws extends Subject {
  /// More ids than 16 bits can tell apart.
  Gpt2Config LARGE_VOCABULARY = RandomModel.config(1, 1, 2, 4, 70_000);

  /// With an epsilon beyond all variances every LayerNorm gives its bias, and the logits are the
  /// head times the bias of `ln_f`. A backend with an epsilon of its own gives something else.
  @Test
  default void theLayerNormEpsilonIsTheConfigs() {
    Gpt2Config config =
        new Gpt2Config(
            SHAPE.nLayer(),
            SHAPE.nHead(),
            SHAPE.nEmbd(),
            SHAPE.nPositions(),
            SHAPE.vocabSize(),
            1e30);
    Gpt2Weights weights = RandomModel.untied(config, 1);
    try (InferenceModel model = load(weights);
        InferenceSession session = model.newSession()) {
      double[] logits = Precision.widened(session.forward(Subject.tokens(config, 9, 1)));
      assertLogits(Tolerance.F32, headTimesFinalBias(weights), logits, "epsilon 1e30");
    }
  }

  /// Where `ln_f` gives its bias whatever comes in, all logits are known; and tokens that have the
  /// same embedding have the same logits, to the bit.
  @Test
  default void everyIdOfALargeVocabularyIsKnown() {
    Gpt2Weights constant = RandomModel.withConstantFinalNorm(LARGE_VOCABULARY, 2);
    double[] expected = headTimesFinalBias(constant);
    try (InferenceModel model = load(constant);
        InferenceSession session = model.newSession()) {
      float[] logits = session.forward(1).clone();
      assertLogits(Tolerance.F32, expected, Precision.widened(logits), "a vocabulary of 70 000");
      assertEquals(Logits.argmax(logits), session.forwardGreedy(1), "forwardGreedy");
    }
    Map<Integer, Integer> twins =
        Map.of(32_767, 3, 32_768, 5, 40_000, 7, 65_535, 9, 65_536, 11, 69_999, 13);
    Gpt2Weights weights = RandomModel.withTwins(LARGE_VOCABULARY, 3, twins);
    try (InferenceModel model = load(weights);
        InferenceSession high = model.newSession();
        InferenceSession low = model.newSession()) {
      twins.forEach(
          (id, twin) -> {
            high.rewind(0);
            low.rewind(0);
            assertArrayEquals(low.forward(twin, 1), high.forward(id, 1), 0f, "token id " + id);
          });
    }
  }

  private static double[] headTimesFinalBias(Gpt2Weights weights) {
    Tensor head = weights.lmHead();
    Tensor bias = weights.tensor("ln_f.bias");
    int channels = weights.config().nEmbd();
    double[] logits = new double[weights.config().vocabSize()];
    for (int id = 0; id < logits.length; id++) {
      for (int c = 0; c < channels; c++) {
        logits[id] += (double) head.get((long) id * channels + c) * bias.get(c);
      }
    }
    return logits;
  }
}
