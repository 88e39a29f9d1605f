package dev.lockstep.harness.verification;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.tck.RandomModel;
import java.util.List;
import org.junit.jupiter.api.Test;

class RandomPromptsTest {
  private static final Gpt2Config SHAPE = RandomModel.config(1, 1, 4, 24, 7);

  @Test
  void everyPromptFitsAndTheIdsAreDistinct() {
    List<VerifyCase> cases = RandomPrompts.of(SHAPE, 300, 1, 4);
    assertEquals(300, cases.stream().map(VerifyCase::id).distinct().count());
    for (VerifyCase each : cases) {
      int length = each.promptIds().length;
      assertTrue(length >= 1 && length + each.newTokens() - 1 <= SHAPE.nPositions());
      for (int id : each.promptIds()) {
        assertTrue(id >= 0 && id < SHAPE.vocabSize());
      }
    }
    assertEquals(1, cases.stream().mapToInt(c -> c.promptIds().length).min().orElseThrow());
    assertEquals(21, cases.stream().mapToInt(c -> c.promptIds().length).max().orElseThrow());
  }

  @Test
  void theSameSeedGivesTheSamePrompts() {
    List<VerifyCase> one = RandomPrompts.of(SHAPE, 5, 3, 4);
    List<VerifyCase> two = RandomPrompts.of(SHAPE, 5, 3, 4);
    for (int i = 0; i < one.size(); i++) {
      assertArrayEquals(one.get(i).promptIds(), two.get(i).promptIds());
    }
  }

  @Test
  void theLastNewTokenNeedsNoPosition() {
    assertEquals(1, RandomPrompts.of(SHAPE, 1, 1, 24).getFirst().promptIds().length);
  }

  @Test
  void newTokensThatLeaveNoRoomAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> RandomPrompts.of(SHAPE, 1, 1, 25));
  }
}
