package dev.lockstep.oracle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.Logits;
import dev.lockstep.api.OptionValues;
import dev.lockstep.backend.naive.NaiveBackend;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.golden.GoldenCase;
import dev.lockstep.tck.Golden;
import dev.lockstep.tck.RandomModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The oracle's numbers are the naive backend's, to the last bit, in both precisions.
class OracleTest {
  private static final int POSITIONS = 37;
  private static final int GOLDEN_TOKENS = 40;

  static Stream<Golden> goldens() {
    return Golden.all().stream();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void logitsAreNaivesBitForBitOnEveryGoldenModel(Golden golden) {
    try (LoadedModel model = golden.openModel()) {
      for (GoldenCase known : golden.file().cases().stream().limit(3).toList()) {
        int[] all = concatenate(known.promptIds(), known.greedyIds());
        int length = Math.min(Math.min(all.length, GOLDEN_TOKENS), model.config().nPositions());
        assertLogitsAreNaives(model.weights(), Arrays.copyOf(all, length), 0);
      }
    }
  }

  /// Widths around those of a strip and of a vector: heads of one channel, vocabularies that end
  /// within a strip, rows that are no multiple of four.
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5, 16, 17, 33, 64})
  void logitsAreNaivesBitForBitWhateverTheShape(int headSize) {
    Gpt2Config config = RandomModel.config(2, 3, 3 * headSize, POSITIONS, 61 + headSize);
    SplittableRandom random = new SplittableRandom(headSize);
    for (Gpt2Weights weights :
        List.of(RandomModel.tied(config, headSize), RandomModel.untied(config, headSize))) {
      for (int length : new int[] {1, 2, 3, 4, 5, 8, 19, POSITIONS}) {
        int[] tokens = random.ints(length, 0, config.vocabSize()).toArray();
        assertLogitsAreNaives(weights, tokens, random.nextInt(length));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-30, 1e-3, 30, 1e30})
  void numbersThatUnderflowAndOverflowAreNaivesToo(double scale) {
    Gpt2Config config = RandomModel.config(2, 2, 24, POSITIONS, 61);
    int[] tokens = new SplittableRandom(1).ints(POSITIONS, 0, 61).toArray();
    assertLogitsAreNaives(RandomModel.scaled(config, 7, scale), tokens, 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 9})
  void generatingGivesNaivesTokensAndLogits(int promptTokens) {
    Gpt2Config config = RandomModel.config(2, 3, 51, POSITIONS, 97);
    Gpt2Weights weights = RandomModel.tied(config, 5);
    try (InferenceModel naive = naive(weights, "f32");
        InferenceModel oracle = oracle(weights);
        InferenceSession expected = naive.newSession();
        InferenceSession actual = oracle.newSession()) {
      int[] next = new SplittableRandom(3).ints(promptTokens, 0, 97).toArray();
      while (expected.position() + next.length <= POSITIONS) {
        float[] right = expected.forward(next);
        assertArrayEquals(bits(right), bits(actual.forward(next)));
        next = new int[] {Logits.argmax(right)};
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 61})
  void aTokenThatTheModelDoesNotHaveIsRefused(int token) {
    try (OracleModel oracle =
        oracle(RandomModel.tied(RandomModel.config(1, 1, 4, POSITIONS, 61), 1))) {
      assertThrows(
          IllegalArgumentException.class,
          () -> oracle.forced(new int[] {0, token}, 0, (position, single, exact) -> {}));
    }
  }

  private static void assertLogitsAreNaives(Gpt2Weights weights, int[] tokens, int from) {
    List<int[]> single = new ArrayList<>();
    List<long[]> exact = new ArrayList<>();
    try (InferenceModel f32 = naive(weights, "f32");
        InferenceModel f64 = naive(weights, "f64");
        InferenceSession inSingle = f32.newSession();
        InferenceSession inDouble = f64.newSession()) {
      inSingle.forwardAll(tokens, (position, logits) -> single.add(bits(logits)));
      inDouble.forwardAllF64(tokens, (position, logits) -> exact.add(bits(logits)));
    }
    List<Integer> positions = new ArrayList<>();
    try (OracleModel oracle = oracle(weights)) {
      oracle.forced(
          tokens,
          from,
          (position, ownSingle, ownExact) -> {
            positions.add(position);
            assertArrayEquals(single.get(position), bits(ownSingle), () -> "f32 at " + position);
            assertArrayEquals(exact.get(position), bits(ownExact), () -> "f64 at " + position);
          });
    }
    assertEquals(tokens.length - from, positions.size());
  }

  private static InferenceModel naive(Gpt2Weights weights, String precision) {
    NaiveBackend naive = new NaiveBackend();
    return naive.load(weights, OptionValues.of(naive.options(), Map.of("precision", precision)));
  }

  private static OracleModel oracle(Gpt2Weights weights) {
    return new OracleBackend().load(weights, OptionValues.defaults(List.of()));
  }

  private static int[] bits(float[] row) {
    int[] bits = new int[row.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToIntBits(row[i]);
    }
    return bits;
  }

  private static long[] bits(double[] row) {
    return Arrays.stream(row).mapToLong(Double::doubleToLongBits).toArray();
  }

  private static int[] concatenate(int[] head, int[] tail) {
    int[] all = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, all, head.length, tail.length);
    return all;
  }
}
