package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.tck.ContractReport.LawResult;
import dev.lockstep.tck.ContractReport.Status;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LawLinesTest {
  private final List<String> shown = new ArrayList<>();
  private final LawLines lines = new LawLines(shown::add);

  private void add(String law, String variant, Status status, String reason) {
    lines.add(new LawResult("Laws", law, variant, status, reason));
  }

  @Test
  void aLawHoldsOnlyIfNoVariantOfItIsBroken() {
    add("aHolds", "", Status.PASSED, "");
    add("bBreaksOnce", "[1] n = 1", Status.PASSED, "");
    add("bBreaksOnce", "[2] n = 2", Status.FAILED, "1 is not\t2");
    add("bBreaksOnce", "[3] n = 3", Status.SKIPPED, "no device");
    lines.finish("x:y=1");
    assertEquals(
        List.of(
            "PASS     aHolds",
            "FAIL     bBreaksOnce",
            "           [2] n = 2: 1 is not 2",
            "x:y=1: FAIL: 1 laws hold, 1 broken, 0 skipped"),
        shown);
  }

  @Test
  void aReasonToSkipIsSaidOnce() {
    add("a", "1", Status.SKIPPED, "no device");
    add("a", "2", Status.SKIPPED, "no device");
    add("b", "", Status.SKIPPED, "no device");
    add("c", "", Status.PASSED, "");
    lines.finish("x");
    assertEquals(
        List.of(
            "SKIPPED  a: no device",
            "SKIPPED  b",
            "PASS     c",
            "x: PASS: 1 laws hold, 0 broken, 2 skipped"),
        shown);
  }

  @Test
  void manyBrokenVariantsAreCounted() {
    for (int i = 1; i <= 5; i++) {
      add("a", "[" + i + "]", Status.FAILED, "wrong");
    }
    lines.finish("x");
    assertEquals(
        List.of(
            "FAIL     a",
            "           [1]: wrong",
            "           [2]: wrong",
            "           [3]: wrong",
            "           and in 2 more variants",
            "x: FAIL: 0 laws hold, 1 broken, 0 skipped"),
        shown);
  }
}
