package dev.lockstep.harness.worker;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/// What this process uses between two moments.
final class UsageMeter {
  private final PageFaultCost faultCost;
  private final long gcMillis = totalGcMillis();
  private final long jitMillis = totalJitMillis();
  private final ProcessCounters before = ProcessCounters.ofThisProcess();
  private final @Nullable Long cpuNanos = CpuTime.ofProcess(ProcessHandle.current());

  private UsageMeter(PageFaultCost faultCost) {
    this.faultCost = faultCost;
  }

  static UsageMeter start(PageFaultCost faultCost) {
    return new UsageMeter(faultCost);
  }

  Reply.Usage stop() {
    Long cpuNow = CpuTime.ofProcess(ProcessHandle.current());
    ProcessCounters used = ProcessCounters.ofThisProcess().since(before);
    Long waitNanos = used.waitNanos();
    return new Reply.Usage(
        totalGcMillis() - gcMillis,
        totalJitMillis() - jitMillis,
        ProcessCounters.peakRssBytes(),
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
        cpuNow == null || cpuNanos == null ? null : (cpuNow - cpuNanos) / 1_000_000,
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
