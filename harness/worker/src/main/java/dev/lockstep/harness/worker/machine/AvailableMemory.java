package dev.lockstep.harness.worker.machine;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;

/// How much memory can be had without swapping and without being killed: the smaller of what the
/// system has left and what a container's limit leaves.
///
/// @param limit what bounds it, in words, or empty if the system itself does
public record AvailableMemory(long bytes, String limit) {
  private static final double MEBIBYTE = 1 << 20;

  /// Of this machine, now.
  public static AvailableMemory now() {
    return of(Path.of("/"));
  }

  /// @param root where `/proc` and `/sys` are
  public static AvailableMemory of(Path root) {
    long system = ofSystem(root);
    Cgroup group = Cgroup.of(root);
    Long limit = group.memoryLimitBytes();
    Long left = group.memoryAvailableBytes();
    return limit == null || left == null || left >= system
        ? new AvailableMemory(system, "")
        : new AvailableMemory(
            left,
            "of the container's limit of %s; the machine has %s"
                .formatted(mebibytes(limit), mebibytes(system)));
  }

  private static long ofSystem(Path root) {
    for (String line : Cgroup.lines(root.resolve("proc/meminfo"))) {
      if (line.startsWith("MemAvailable:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean memory
        ? memory.getFreeMemorySize()
        : Long.MAX_VALUE;
  }

  /// For messages.
  @Override
  public String toString() {
    return mebibytes(bytes) + (limit.isEmpty() ? "" : " (" + limit + ")");
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.0f MiB", bytes / MEBIBYTE);
  }
}
