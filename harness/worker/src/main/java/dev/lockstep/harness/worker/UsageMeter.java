package dev.lockstep.harness.worker;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;

/// What this process uses between two moments.
final class UsageMeter {
  private final PageFaultCost faultCost;
  private final long gcMillis = totalGcMillis();
  private final long jitMillis = totalJitMillis();
  private final ProcessCounters before = ProcessCounters.ofThisProcess();

  private UsageMeter(PageFaultCost faultCost) {
    this.faultCost = faultCost;
  }

  static UsageMeter start(PageFaultCost faultCost) {
    return new UsageMeter(faultCost);
  }

  Reply.Usage stop() {
    ProcessCounters used = ProcessCounters.ofThisProcess().since(before);
    Long cpuNanos = used.cpuNanos();
    Long waitNanos = used.waitNanos();
    return new Reply.Usage(
        totalGcMillis() - gcMillis,
        totalJitMillis() - jitMillis,
        ProcessCounters.peakRssBytes(),
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
        cpuNanos == null ? null : cpuNanos / 1_000_000,
        waitNanos == null ? null : waitNanos / 1e6,
        used.pageFaults(),
        faultCost.millis(used.pageFaults()),
        used.contextSwitches());
  }

  private static long totalGcMillis() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionTime)
        .sum();
  }

  private static long totalJitMillis() {
    return ManagementFactory.getCompilationMXBean().getTotalCompilationTime();
  }
}
