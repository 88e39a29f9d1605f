package dev.lockstep.harness.measurement.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// A backend that holds far more than it says, or more with every token, is named; the JVM's own
/// memory accuses nobody.
class MemoryAccountsTest {
  private static final long MIB = 1 << 20;
  private static final long CACHE_MIB = 72;

  private static List<String> notes(long declaredMib, long... firstAndLastMib) {
    MemoryAccounts accounts = new MemoryAccounts();
    for (int i = 0; i < firstAndLastMib.length; i += 2) {
      accounts.add(
          new MemoryAccounts.Account(
              "it",
              declaredMib * MIB,
              CACHE_MIB * MIB,
              firstAndLastMib[i] * MIB,
              firstAndLastMib[i + 1] * MIB,
              1000));
    }
    return accounts.notes();
  }

  @Test
  void whatHoldsWhatItSaysIsNotNamed() {
    assertEquals(List.of(), notes(500, 520, 530));
    assertEquals(List.of(), notes(0, 120, 150), "the JVM's own");
    assertEquals(List.of(), notes(4000, 500, 510), "less than it says");
    assertEquals(List.of(), notes(100, 150, 90), "less in the end");
    assertEquals(List.of(), notes(700, 520, 600), "the cache of a sequence that is longer");
  }

  @Test
  void whatHoldsMoreIsNamed() {
    List<String> notes = notes(100, 590, 600);
    assertEquals(1, notes.size(), notes::toString);
    assertTrue(
        notes
            .getFirst()
            .startsWith(
                "it: it holds 600 MiB outside the Java heap, and its privateBytes less its heapBytes are 100 MiB"),
        notes.getFirst());
  }

  @Test
  void whatGrowsIsNamedOnceHoweverManyForksShowIt() {
    List<String> notes = notes(500, 520, 530, 520, 670, 520, 700);
    assertEquals(1, notes.size(), notes::toString);
    assertTrue(
        notes
            .getFirst()
            .startsWith("it: its memory outside the Java heap grew by 180 MiB in 1000 tokens"),
        notes.getFirst());
  }
}
