package dev.lockstep.harness.verification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How a prompt is cut into calls.
class BatchScriptTest {

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 9, 10, 16, 17, 64, 300, 1024})
  void everyLengthOfInterestComesUpAndEveryCutIsTheWholePrompt(int length) {
    List<List<Integer>> cuts = BatchScript.cuts(length);
    Set<Integer> lengths = new TreeSet<>();
    for (List<Integer> cut : cuts) {
      assertEquals(length, cut.stream().mapToInt(Integer::intValue).sum(), cut::toString);
      lengths.addAll(cut);
    }
    for (int size : new int[] {2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 128, 256, 257}) {
      assertTrue(size >= length || lengths.contains(size), size + " of " + length + ": " + cuts);
    }
    assertTrue(cuts.size() <= 8, "sessions cost memory: " + cuts.size());
  }

  @Test
  void aPromptOfOneTokenCannotBeCut() {
    assertEquals(List.of(), BatchScript.cuts(1));
  }
}
