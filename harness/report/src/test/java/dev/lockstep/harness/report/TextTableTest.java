package dev.lockstep.harness.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class TextTableTest {
  private final TextTable table = new TextTable(List.of("backend", "tok/s"), List.of(0));

  @Test
  void columnsAreAsWideAsTheirWidestCell() {
    assertEquals(
        """
        backend      tok/s
        -----------  -----
        simd           120
        a-long-name      7
        """,
        table.text(List.of(List.of("simd", "120"), List.of("a-long-name", "7"))));
  }

  @Test
  void aCellOfSeveralLinesIsBroughtToOne() {
    assertEquals(
        """
        backend      tok/s
        -----------  -----
        two?lines?!    120
        """,
        table.text(List.of(List.of("two\nlines\u001b!", "120"))));
  }
}
