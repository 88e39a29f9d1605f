package dev.lockstep.harness.measurement.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.measurement.statistics.Sample;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RoundOrderTest {
  private static final List<String> ITEMS = List.of("a", "b", "c", "d");

  private static List<String> order(long seed, int fork, int round) {
    return RoundOrder.shuffled(ITEMS, RoundOrder.random(seed, fork, round, "backends"));
  }

  @Test
  void theSameSeedGivesTheSameOrder() {
    assertEquals(order(1, 2, 3), order(1, 2, 3));
  }

  @Test
  void roundsAndForksAndSeedsHaveOrdersOfTheirOwn() {
    Set<List<String>> orders = new HashSet<>();
    for (int i = 0; i < 40; i++) {
      orders.add(order(1, 1, i));
      orders.add(order(1, i, 1));
      orders.add(order(i, 1, 1));
    }
    assertTrue(orders.size() > 15, () -> "only " + orders.size() + " of 24 orders occur");
  }

  @Test
  void everyItemIsThereOnce() {
    assertEquals(Set.copyOf(ITEMS), Set.copyOf(order(5, 1, 0)));
    assertEquals(ITEMS.size(), order(5, 1, 0).size());
  }

  @Test
  void aPrefixKeepsTheLengthAndTheEndOfThePrompt() {
    Prompt prompt = new Prompt("p", null, new int[] {1, 2, 3, 4, 5});
    PromptCase prefixed = PromptCase.prefixed(prompt, 4, 7, 1, 0, 2048);
    assertEquals("prefix-2", prefixed.variation());
    assertEquals(5, prefixed.ids().length);
    assertArrayEquals(new int[] {3, 4, 5}, java.util.Arrays.copyOfRange(prefixed.ids(), 2, 5));
    assertNotEquals(1, prefixed.ids()[0]);
    PromptCase other = PromptCase.prefixed(prompt, 4, 7, 3, 0, 2048);
    assertFalse(java.util.Arrays.equals(prefixed.ids(), other.ids()));
  }

  @Test
  void aPrefixOfADepthLeavesThePromptAsItIs() {
    Prompt prompt = new Prompt("p", null, new int[] {1, 2, 3, 4, 5}, 3, 7);
    PromptCase prefixed = PromptCase.prefixed(prompt, 7, 7, 1, 0, 2048);
    assertArrayEquals(new int[] {3, 4, 5}, java.util.Arrays.copyOfRange(prefixed.ids(), 2, 5));
    assertEquals(new Sample.Work(3, 2, 7, "prefix-2"), prefixed.work());
  }

  @Test
  void aPromptOfOneTokenIsReplacedWhole() {
    Prompt prompt = new Prompt("p", null, new int[] {1});
    assertEquals(1, PromptCase.prefixed(prompt, 4, 7, 1, 0, 2048).ids().length);
  }
}
