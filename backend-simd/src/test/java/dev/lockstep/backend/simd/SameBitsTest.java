package dev.lockstep.backend.simd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.tck.RandomModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// No option, and no way of cutting a text into calls, changes one bit of a logit.
class SameBitsTest {
  private static final int POSITIONS = 41;

  static List<Gpt2Config> shapes() {
    return List.of(
        RandomModel.config(2, 3, 3 * 17, POSITIONS, 61),
        RandomModel.config(2, 2, 2 * 16, POSITIONS, 64),
        RandomModel.config(1, 5, 5, POSITIONS, 2),
        RandomModel.config(2, 1, 80, POSITIONS, 131));
  }

  static List<SimdOptions> everyOption() {
    List<SimdOptions> all = new ArrayList<>();
    for (String vector : VectorWidths.here()) {
      for (boolean aligned : new boolean[] {false, true}) {
        for (boolean tuned : new boolean[] {false, true}) {
          for (int threads : new int[] {1, 3}) {
            all.add(new SimdOptions(aligned, tuned, vector, threads, false));
          }
        }
      }
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void everyOptionAndEveryCutGivesTheSameLogits(Gpt2Config config) {
    Gpt2Weights weights = RandomModel.untied(config, 21);
    int[] tokens = new SplittableRandom(5).ints(POSITIONS, 0, config.vocabSize()).toArray();
    List<float[]> expected = oneByOne(weights, tokens);
    for (SimdOptions options : everyOption()) {
      try (InferenceModel model = SimdModel.load(weights, options)) {
        checkCuts(model, tokens, expected, options.toString());
      }
    }
  }

  /// A prompt longer than a pass is cut: of its first parts nothing is asked.
  @Test
  void aPromptLongerThanAPassGivesTheSameLogitsAsTokenByToken() {
    int positions = 2 * 512 + 30;
    Gpt2Config config = RandomModel.config(2, 2, 2 * 9, positions, 37);
    Gpt2Weights weights = RandomModel.untied(config, 4);
    int[] tokens = new SplittableRandom(6).ints(positions, 0, config.vocabSize()).toArray();
    List<float[]> expected = oneByOne(weights, tokens);
    for (String vector : VectorWidths.here()) {
      SimdOptions options = new SimdOptions(true, true, vector, 3, false);
      try (InferenceModel model = SimdModel.load(weights, options);
          InferenceSession session = model.newSession()) {
        int first = positions - 5;
        float[] logits = session.forward(Arrays.copyOf(tokens, first));
        assertSameBits(expected.get(first - 1), logits, options.toString());
        logits = session.forward(Arrays.copyOfRange(tokens, first, positions));
        assertSameBits(expected.get(positions - 1), logits, "and on with " + options);
      }
    }
  }

  /// The plainest path there is: no vectors, one chain at a time, one thread, one token a call.
  private static List<float[]> oneByOne(Gpt2Weights weights, int[] tokens) {
    SimdOptions plainest = new SimdOptions(false, false, "off", 1, false);
    List<float[]> logits = new ArrayList<>();
    try (InferenceModel model = SimdModel.load(weights, plainest);
        InferenceSession session = model.newSession()) {
      for (int token : tokens) {
        logits.add(session.forward(token).clone());
      }
    }
    return logits;
  }

  private static void checkCuts(
      InferenceModel model, int[] tokens, List<float[]> expected, String what) {
    SplittableRandom random = new SplittableRandom(9);
    try (InferenceSession session = model.newSession()) {
      for (int longest : new int[] {1, 4, 16, tokens.length}) {
        session.rewind(0);
        while (session.position() < tokens.length) {
          int from = session.position();
          int length =
              Math.min(longest == 1 ? 1 : 1 + random.nextInt(longest), tokens.length - from);
          float[] logits = session.forward(Arrays.copyOfRange(tokens, from, from + length));
          assertSameBits(expected.get(from + length - 1), logits, what + " " + from + "+" + length);
          if (random.nextInt(5) == 0) {
            session.rewind(random.nextInt(session.position()) + 1);
          }
        }
      }
      session.rewind(0);
      session.forwardAll(
          tokens,
          (position, logits) ->
              assertSameBits(expected.get(position), logits, what + " teacher-forced " + position));
      assertEquals(tokens.length, session.position());
    }
  }

  static void assertSameBits(float[] expected, float[] actual, String what) {
    int[] expectedBits = new int[expected.length];
    int[] actualBits = new int[actual.length];
    for (int i = 0; i < expected.length; i++) {
      expectedBits[i] = Float.floatToRawIntBits(expected[i]);
    }
    for (int i = 0; i < actual.length; i++) {
      actualBits[i] = Float.floatToRawIntBits(actual[i]);
    }
    assertArrayEquals(expectedBits, actualBits, what);
  }
}
