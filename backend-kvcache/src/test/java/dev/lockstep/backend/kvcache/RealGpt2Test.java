package dev.lockstep.backend.kvcache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.ModelException;
import dev.lockstep.model.Models;
import dev.lockstep.tck.Requirement;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The published 124M model, where its weights are: what OpenAI's own code makes of these prompts.
/// `./lockstep download gpt2` puts the weights where this test finds them.
class RealGpt2Test {
  private static LoadedModel openOrSkip() {
    LoadedModel gpt2 = null;
    String missing = null;
    try {
      gpt2 = Models.open("gpt2");
    } catch (ModelException e) {
      missing = e.getMessage();
    }
    Requirement.require("gpt2", missing);
    return Objects.requireNonNull(gpt2);
  }

  private static int[] greedy(LoadedModel loaded, int[] prompt, int n) {
    IntStream.Builder tokens = IntStream.builder();
    try (InferenceModel model =
            new KvCacheBackend().load(loaded.weights(), OptionValues.defaults(List.of()));
        InferenceSession session = model.newSession()) {
      session.generateGreedy(prompt, n, tokens::add);
    }
    return tokens.build().toArray();
  }

  @Test
  void theDogContinuesAsPublished() {
    try (LoadedModel gpt2 = openOrSkip()) {
      int[] prompt = gpt2.tokenizer().encode("The dog");
      assertArrayEquals(new int[] {464, 3290}, prompt);
      assertArrayEquals(
          new int[] {
            373, 1043, 287, 257, 2214, 1474, 262, 16246, 286, 2688, 290, 2688, 27262, 13, 198, 198,
            464, 3290
          },
          greedy(gpt2, prompt, 18));
    }
  }

  @Test
  void alanTuringContinuesAsPublished() {
    try (LoadedModel gpt2 = openOrSkip()) {
      int[] prompt =
          gpt2.tokenizer().encode("Alan Turing theorized that computers would one day become");
      assertArrayEquals(
          new int[] {36235, 39141, 18765, 1143, 326, 9061, 561, 530, 1110, 1716}, prompt);
      assertEquals(
          " the most powerful machines on the planet.",
          gpt2.tokenizer().decode(greedy(gpt2, prompt, 8)));
    }
  }
}
