package dev.lockstep.backend.simd.draft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PromptLookupTest {

  private static int[] propose(int most, int... text) {
    int[] draft = new int[1 + PromptLookup.MOST];
    int count = PromptLookup.propose(text, text.length, draft, 1, most);
    return Arrays.copyOfRange(draft, 1, 1 + count);
  }

  @Test
  void whatFollowedTheLastTokensBeforeIsProposed() {
    assertArrayEquals(new int[] {4, 5, 1, 2, 3}, propose(7, 1, 2, 3, 4, 5, 1, 2, 3));
  }

  @Test
  void theLongerMatchWinsOverTheLaterOne() {
    assertArrayEquals(new int[] {9}, propose(1, 1, 2, 3, 9, 2, 3, 8, 1, 2, 3));
  }

  @Test
  void ofEqualMatchesTheLatestWins() {
    assertArrayEquals(new int[] {8}, propose(1, 2, 3, 9, 2, 3, 8, 2, 3));
  }

  @Test
  void aMatchMayOverlapWhatItContinues() {
    assertArrayEquals(new int[] {7}, propose(7, 7, 7, 7, 7));
  }

  @Test
  void nothingIsProposedWithoutAMatchOrWithoutRoom() {
    assertEquals(0, propose(7, 1, 2, 3, 4).length);
    assertEquals(0, propose(7, 1).length);
    assertEquals(0, propose(0, 1, 2, 1, 2).length);
  }
}
