package dev.lockstep.harness.verification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.tck.RandomModel;
import java.util.List;
import org.junit.jupiter.api.Test;

class CoverageTest {
  private static final Gpt2Config CONFIG = RandomModel.config(1, 2, 8, 20, 61);

  @Test
  void allOfTheVocabularyIsReadInAsFewContextsAsItTakes() {
    List<ContextPass> passes = CoverageStep.passes(CONFIG, 1, 3);
    assertEquals(4, passes.size());
    Coverage coverage = new Coverage(CONFIG);
    passes.forEach(pass -> coverage.add(pass.tokens()));
    assertEquals(1, coverage.share());
    assertEquals("wte: 61 of 61 rows read", coverage.lines().getFirst());
    assertEquals("wpe: 20 of 20 rows read", coverage.lines().get(1));
  }

  @Test
  void aShareOfItTakesFewer() {
    assertEquals(1, CoverageStep.passes(CONFIG, 0.3, 3).size());
    assertEquals(2, CoverageStep.passes(CONFIG, 0.5, 3).size());
  }

  @Test
  void whatWasNotLookedAtIsSaid() {
    Coverage coverage = new Coverage(CONFIG);
    coverage.add(new int[] {0, 2, 0});
    assertEquals(5.0 / 81, coverage.share());
    assertEquals(
        List.of(
            "wte: 2 of 61 rows read, not 1, 3, 4, 5, 6, 7, 8, 9, …",
            "wpe: 3 of 20 rows read, not 3, 4, 5, 6, 7, 8, 9, 10, …",
            "prompts of 1 lengths, from 3 to 3 tokens; token 0 met, token 60 NOT met, a token twice met"),
        coverage.lines());
    assertTrue(new Coverage(CONFIG).lines().getLast().startsWith("prompts of 0 lengths"));
  }
}
