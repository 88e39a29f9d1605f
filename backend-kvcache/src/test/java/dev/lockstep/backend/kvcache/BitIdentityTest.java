package dev.lockstep.backend.kvcache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.backend.naive.NaiveBackend;
import dev.lockstep.tck.RandomModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The cache changes what is computed again, never what is computed.
class BitIdentityTest {
  private static final int POSITIONS = 33;

  private record Shown(String name, int position, List<Float> row) {}

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 17, 64})
  void decodeEqualsTheFullRecomputationOfStageOneBitForBit(int headSize) {
    Gpt2Config config = RandomModel.config(2, 3, 3 * headSize, POSITIONS, 61);
    Gpt2Weights weights = RandomModel.tied(config, 11);
    NaiveBackend naive = new NaiveBackend();
    try (InferenceModel one = naive.load(weights, OptionValues.defaults(naive.options()));
        InferenceModel two = new KvCacheBackend().load(weights, OptionValues.defaults(List.of()));
        InferenceSession expected = one.newSession();
        InferenceSession actual = two.newSession()) {
      SplittableRandom random = new SplittableRandom(headSize);
      while (expected.position() < POSITIONS) {
        int length = Math.min(1 + random.nextInt(7), POSITIONS - expected.position());
        int[] tokens = random.ints(length, 0, 61).toArray();
        assertArrayEquals(expected.forward(tokens), actual.forward(tokens), 0f);
        if (random.nextInt(4) == 0) {
          int position = random.nextInt(expected.position());
          expected.rewind(position);
          actual.rewind(position);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16})
  void everyActivationEqualsStageOnesBitForBit(int prefix) {
    Gpt2Config config = RandomModel.config(2, 2, 10, POSITIONS, 61);
    Gpt2Weights weights = RandomModel.untied(config, 12);
    NaiveBackend naive = new NaiveBackend();
    try (InferenceModel one = naive.load(weights, OptionValues.defaults(naive.options()));
        InferenceModel two = new KvCacheBackend().load(weights, OptionValues.defaults(List.of()))) {
      assertEquals(activations(one, prefix), activations(two, prefix));
    }
  }

  private static List<Shown> activations(InferenceModel model, int prefix) {
    int[] tokens = new SplittableRandom(13).ints(POSITIONS, 0, 61).toArray();
    List<Shown> shown = new ArrayList<>();
    try (InferenceSession session = model.newSession()) {
      session.observe(
          (name, position, values, offset, length) -> {
            List<Float> row = new ArrayList<>();
            for (int i = 0; i < length; i++) {
              row.add(values[offset + i]);
            }
            shown.add(new Shown(name, position, row));
          });
      session.forward(Arrays.copyOf(tokens, prefix));
      int[] rest = Arrays.copyOfRange(tokens, prefix, tokens.length);
      session.forwardAll(rest, (position, logits) -> {});
    }
    return shown;
  }
}
