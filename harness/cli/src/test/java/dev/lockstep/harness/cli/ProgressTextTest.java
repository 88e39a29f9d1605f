package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// On a clock of its own: no verdict depends on time.
class ProgressTextTest {
  private long seconds;

  private long nanos() {
    return seconds * 1_000_000_000;
  }

  @Test
  void noEstimateIsMadeBeforeThereIsABasis() {
    ProgressText text = new ProgressText(this::nanos);
    text.phase("asking which backends are available");
    seconds = 5;
    assertEquals("asking which backends are available, 5 s so far", text.text());
    text.expect(10, 2);
    assertEquals("asking which backends are available, 0 of 10 done, 5 s so far", text.text());
    seconds = 100; // loading and warming up
    text.step();
    seconds = 101;
    text.step();
    assertFalse(text.text().contains("left"), text.text());
  }

  @Test
  void theEstimateComesFromWholeCyclesOfMeasuredWork() {
    ProgressText text = new ProgressText(this::nanos);
    text.phase("round 1 of 5: simd");
    text.expect(10, 2);
    seconds = 100;
    text.step(); // a slow one, with all that came before it
    seconds = 101;
    text.step();
    seconds = 110;
    text.step();
    assertEquals(
        "round 1 of 5: simd, 3 of 10 done, 1 min 50 s so far, about 35 s left", text.text());
    seconds = 111;
    text.step();
    assertTrue(text.text().endsWith("about 30 s left"), text.text());
  }

  @Test
  void aCycleAsLongAsTheWorkGivesNoEstimate() {
    ProgressText text = new ProgressText(this::nanos);
    text.expect(4, 4);
    for (int i = 0; i < 4; i++) {
      seconds += 3600;
      text.step();
      assertFalse(text.text().contains("left"), text.text());
    }
    assertEquals("starting, 4 of 4 done, 4 h 0 min so far", text.text());
  }

  @Test
  void aLineComesAtLeastEveryTenSecondsAndNoneBefore() {
    List<String> lines = new ArrayList<>();
    Heartbeat heartbeat = new Heartbeat(() -> "at " + seconds, lines::add, this::nanos);
    for (; seconds < 60; seconds++) {
      assertTrue(heartbeat.tick());
    }
    assertEquals(List.of("at 9", "at 18", "at 27", "at 36", "at 45", "at 54"), lines);
    heartbeat.close();
    seconds = 100;
    assertFalse(heartbeat.tick());
    assertEquals(6, lines.size());
  }
}
