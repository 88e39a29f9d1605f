package dev.lockstep.harness.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(value = OS.LINUX, disabledReason = "the figures are those of Linux's /proc")
class ProcessCountersTest {
  private static final long PAGE_BYTES = 4096;
  private static final long PAGES = 16_384;

  @Test
  void memoryThatIsTouchedForTheFirstTimeIsCounted() {
    ProcessCounters before = ProcessCounters.ofThisProcess();
    try (Arena arena = Arena.ofConfined()) {
      arena.allocate(PAGES * PAGE_BYTES);
    }
    Long faults = ProcessCounters.ofThisProcess().since(before).pageFaults();
    assertNotNull(faults);
    // With large pages one fault brings 512 of them.
    assertTrue(faults >= PAGES / 512, () -> faults + " faults");
  }

  @Test
  void aThreadThatSleepsIsSwitchedAway() throws InterruptedException {
    ProcessCounters before = ProcessCounters.ofThisProcess();
    for (int i = 0; i < 10; i++) {
      Thread.sleep(1);
    }
    Long switches = ProcessCounters.ofThisProcess().since(before).contextSwitches();
    assertTrue(switches == null || switches >= 10, () -> switches + " switches");
  }

  @Test
  void workTakesProcessorTime() {
    ProcessCounters before = ProcessCounters.ofThisProcess();
    long start = System.nanoTime();
    while (System.nanoTime() - start < 50_000_000) {
      Thread.onSpinWait();
    }
    Long worked = ProcessCounters.ofThisProcess().since(before).cpuNanos();
    assertNotNull(worked);
    // Other work on the machine may leave this thread only a part of the 50 ms.
    assertTrue(worked >= 1_000_000, () -> worked + " ns");
  }

  @Test
  void whatIsNotToldStaysBlank() {
    ProcessCounters told = new ProcessCounters(7L, 9L, 5L, 3L);
    ProcessCounters untold = new ProcessCounters(null, null, null, null);
    assertEquals(untold, told.since(untold));
    assertEquals(untold, untold.since(told));
    assertEquals(
        new ProcessCounters(2L, 8L, 5L, 3L), told.since(new ProcessCounters(5L, 1L, 0L, 0L)));
  }

  @Test
  void countersOfAThreadThatEndedDoNotMakeItNegative() {
    assertEquals(
        new ProcessCounters(0L, 0L, 0L, 0L),
        new ProcessCounters(7L, 9L, 5L, 3L).since(new ProcessCounters(8L, 10L, 6L, 4L)));
  }

  @Test
  void aFaultHasAPrice() {
    Double millis = PageFaultCost.measure().millis(1000L);
    assertNotNull(millis);
    assertTrue(millis > 0, () -> millis + " ms");
    assertNull(new PageFaultCost(null).millis(1000L));
    assertNull(PageFaultCost.measure().millis(null));
  }
}
