package dev.lockstep.model.synthetic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a wrong `synthetic:` argument is answered.
class SyntheticShapeTest {
  private static String refusal(String argument) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> SyntheticShape.parse(argument))
            .getMessage());
  }

  @Test
  void allMissingFieldsAreNamedAtOnce() {
    assertEquals(
        "model 'synthetic:n_layer=2' is missing n_head, n_embd, n_positions, vocab_size; give them all, or vary a published shape: synthetic:gpt2:n_layer=2",
        refusal("synthetic:n_layer=2"));
    assertTrue(
        refusal("synthetic:n_layer=2:n_head=2:n_embd=8:vocab_size=9:seed=3")
            .contains("is missing n_positions;"));
    assertEquals(2, SyntheticShape.parse("synthetic:gpt2:n_layer=2").config().nLayer());
  }

  @ParameterizedTest
  @CsvSource({
    "synthetic:gpt3, synthetic:gpt2",
    "synthetic:GPT2, synthetic:gpt2",
    "synthetic:gtp2, synthetic:gpt2",
    "synthetic:gpt2-medum, synthetic:gpt2-medium",
    "synthetic:gpt2-XL, synthetic:gpt2-xl",
    "synthetic:gpt2:n_layr=2, n_layer",
    "synthetic:gpt2:N_LAYER=2, n_layer",
    "synthetic:n_heads=2, n_head",
    "synthetic:gpt2:vocabsize=2, vocab_size",
    "synthetic:gpt2:sead=2, seed"
  })
  void aWrongNameGetsTheNearOne(String argument, String near) {
    assertTrue(refusal(argument).contains("(did you mean '" + near + "'?)"), refusal(argument));
  }

  @Test
  void nothingAtAllGetsTheList() {
    assertTrue(refusal("synthetic:").contains("there are gpt2, gpt2-medium"));
    assertTrue(refusal("synthetic:gpt2:").contains("there are n_layer, n_head"));
  }
}
