package dev.lockstep.harness.worker;

import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/// What it costs to touch a page for the first time: from half a microsecond on bare metal to
/// sixteen and more in some virtual machines.
///
/// @param nanos of one fault; null if the system does not count them
record PageFaultCost(@Nullable Double nanos) {
  /// Large enough to come from the system and not from what the process has already.
  private static final long BYTES = 4 << 20;

  /// Touches fresh memory and counts the faults.
  static PageFaultCost measure() {
    ProcessCounters before = ProcessCounters.ofThisProcess();
    long start = System.nanoTime();
    try (Arena arena = Arena.ofConfined()) {
      arena.allocate(BYTES); // writes zeros to all of it
    }
    long elapsed = System.nanoTime() - start;
    Long faults = ProcessCounters.ofThisProcess().since(before).pageFaults();
    return new PageFaultCost(faults == null || faults == 0 ? null : (double) elapsed / faults);
  }

  /// What `faults` of them cost.
  @Nullable Double millis(@Nullable Long faults) {
    return faults == null || nanos == null ? null : (Double) (faults * nanos / 1e6);
  }
}
