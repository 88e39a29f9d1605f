package dev.lockstep.harness.worker;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/// What this process holds outside the Java heap: its resident memory that belongs to no file, less
/// the heap. That can be told only where all of the heap was touched when it was made, as in a
/// worker that is timed; else pages of the heap that are touched later would look like others.
final class OutsideHeap {
  private OutsideHeap() {}

  /// Null where it cannot be told.
  static @Nullable Long bytes() {
    Long resident = ProcessCounters.anonymousBytes();
    if (resident == null || !isHeapTouched()) {
      return null;
    }
    return resident - ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
  }

  private static boolean isHeapTouched() {
    try {
      return Boolean.parseBoolean(
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
              .getVMOption("AlwaysPreTouch")
              .getValue());
    } catch (RuntimeException e) {
      return false;
    }
  }
}
