package dev.lockstep.harness.measurement.prompt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SweepTest {
  private static final Sweep SWEEP = new Sweep(List.of(3, 5), List.of(1, 4), List.of(0, 7));

  @Test
  void everyCombinationIsThereOnce() {
    assertEquals(
        List.of(
            "pp3-tg1",
            "pp3-tg4",
            "pp5-tg1",
            "pp5-tg4",
            "pp3-tg1-d7",
            "pp3-tg4-d7",
            "pp5-tg1-d7",
            "pp5-tg4-d7"),
        SWEEP.prompts(100, 1).stream().map(Prompt::id).toList());
  }

  @Test
  void aPromptHoldsItsDepthAndSaysWhatIsToBeDone() {
    Prompt last = SWEEP.prompts(100, 1).getLast();
    assertEquals(7, last.depth());
    assertEquals(7 + 5, last.ids().length);
    assertEquals(4, last.newTokens());
    assertTrue(Arrays.stream(last.ids()).allMatch(id -> id >= 0 && id < 100));
  }

  @Test
  void theSeedDecidesTheTokens() {
    int[] ids = SWEEP.prompts(2048, 1).getLast().ids();
    assertArrayEquals(ids, SWEEP.prompts(2048, 1).getLast().ids());
    assertFalse(Arrays.equals(ids, SWEEP.prompts(2048, 2).getLast().ids()));
    // What was generated after them does not: its length may differ.
    assertArrayEquals(ids, SWEEP.prompts(2048, 1).get(6).ids());
  }

  @Test
  void theLastNewTokenNeedsNoPosition() {
    assertEquals(7 + 5 + 4 - 1, SWEEP.sizes().getLast().positions());
    assertEquals(
        3L * Integer.MAX_VALUE - 1,
        new Sweep.Size(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE).positions());
  }
}
