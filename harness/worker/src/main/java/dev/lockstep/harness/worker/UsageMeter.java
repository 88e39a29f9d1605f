package dev.lockstep.harness.worker;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What this process uses between two moments.
final class UsageMeter {
  private final long gcMillis = totalGcMillis();
  private final long jitMillis = totalJitMillis();
  private final @Nullable Long cpuNanos = CpuTime.ofProcess(ProcessHandle.current());

  private UsageMeter() {}

  static UsageMeter start() {
    return new UsageMeter();
  }

  Reply.Usage stop() {
    Long cpuNow = CpuTime.ofProcess(ProcessHandle.current());
    return new Reply.Usage(
        totalGcMillis() - gcMillis,
        totalJitMillis() - jitMillis,
        peakRssBytes(),
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
        cpuNow == null || cpuNanos == null ? null : (cpuNow - cpuNanos) / 1_000_000);
  }

  private static long totalGcMillis() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionTime)
        .sum();
  }

  private static long totalJitMillis() {
    return ManagementFactory.getCompilationMXBean().getTotalCompilationTime();
  }

  /// The kernel's high-water mark of the resident set, or null where there is none to read.
  private static @Nullable Long peakRssBytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmHWM:")) {
          String kibibytes = line.substring("VmHWM:".length(), line.length() - " kB".length());
          return Long.parseLong(kibibytes.strip()) * 1024;
        }
      }
    } catch (IOException e) {
      // Not Linux.
    }
    return null;
  }
}
