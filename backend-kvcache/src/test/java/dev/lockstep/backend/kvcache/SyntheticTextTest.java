package dev.lockstep.backend.kvcache;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.Models;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Comparing tokens compares something only if they keep changing. The weights of synthetic models
/// are scaled for that; docs/numerics.md has the reasons.
class SyntheticTextTest {
  private static final String SHAPE =
      "synthetic:n_layer=%d:n_head=%d:n_embd=%d:n_positions=64:vocab_size=%d:seed=%d";
  private static final int NEW_TOKENS = 48;

  /// Depths of gpt2 and gpt2-xl; the distinct tokens among 48 are at least these.
  @ParameterizedTest
  @CsvSource({"4, 4, 64, 2000, 20", "12, 4, 128, 4000, 24", "48, 4, 64, 2000, 12"})
  void greedyTextOfSyntheticWeightsDoesNotCollapse(
      int layers, int heads, int width, int vocabulary, int leastDistinct) {
    for (int seed = 0; seed < 3; seed++) {
      List<Integer> tokens =
          greedy(
              String.format(Locale.ROOT, SHAPE, layers, heads, width, vocabulary, seed),
              40,
              716,
              262);
      long repeated =
          IntStream.range(1, tokens.size())
              .filter(i -> tokens.get(i).equals(tokens.get(i - 1)))
              .count();
      assertTrue(
          Set.copyOf(tokens).size() >= leastDistinct,
          String.format(Locale.ROOT, "seed %d: %s", seed, tokens));
      assertTrue(
          repeated <= NEW_TOKENS / 2, String.format(Locale.ROOT, "seed %d: %s", seed, tokens));
    }
  }

  /// A change of the first prompt token is seen to the end: attention and the embedding matter.
  @ParameterizedTest
  @CsvSource({"4, 4, 64, 2000", "12, 4, 128, 4000"})
  void greedyTextDependsOnTheWholePrompt(int layers, int heads, int width, int vocabulary) {
    String model = String.format(Locale.ROOT, SHAPE, layers, heads, width, vocabulary, 0);
    List<Integer> one = greedy(model, 40, 716, 262);
    List<Integer> other = greedy(model, 41, 716, 262);
    long same = IntStream.range(0, NEW_TOKENS).filter(i -> one.get(i).equals(other.get(i))).count();
    assertTrue(same <= NEW_TOKENS / 2, "%s%n%s".formatted(one, other));
    assertTrue(!new HashSet<>(one).equals(new HashSet<>(other)));
  }

  private static List<Integer> greedy(String argument, int... prompt) {
    List<Integer> tokens = new ArrayList<>();
    try (LoadedModel loaded = Models.open(argument);
        InferenceModel model =
            new KvCacheBackend().load(loaded.weights(), OptionValues.defaults(List.of()));
        InferenceSession session = model.newSession()) {
      session.generateGreedy(prompt, NEW_TOKENS, tokens::add);
    }
    return tokens;
  }
}
