package dev.lockstep.run;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.catalog.BackendVariant;
import dev.lockstep.error.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Decides whether the workers fit into memory side by side.
///
/// The mapped checkpoint is counted once; each worker adds what its backend says it holds for
/// itself and [#JVM_BYTES] for the JVM.
///
/// @param together whether all workers run at the same time
/// @param explanation the figures, one line
record MemoryPlan(boolean together, String explanation) {
  /// A worker's JVM without model: code, metaspace, compiler, a small heap.
  private static final long JVM_BYTES = 300L << 20;

  private static final double MEBIBYTE = 1 << 20;

  /// @throws UserError if even one worker alone does not fit
  static MemoryPlan of(
      Gpt2Config config, long checkpointBytes, List<BackendVariant> variants, long availableBytes) {
    long all = checkpointBytes;
    long greatest = 0;
    for (BackendVariant variant : variants) {
      long bytes = workerBytes(config, variant);
      all += bytes;
      greatest = Math.max(greatest, bytes);
    }
    String figures =
        variants.stream()
            .map(v -> "%s %s".formatted(v.label(), mebibytes(workerBytes(config, v))))
            .collect(
                Collectors.joining(
                    ", ",
                    "checkpoint %s, ".formatted(mebibytes(checkpointBytes)),
                    "; available %s".formatted(mebibytes(availableBytes))));
    if (all <= availableBytes) {
      return new MemoryPlan(true, figures);
    }
    if (checkpointBytes + greatest <= availableBytes) {
      return new MemoryPlan(false, figures);
    }
    throw UserError.error(
        "not enough memory for this model: %s; free some memory or choose a smaller model or fewer backends"
            .formatted(figures));
  }

  private static long workerBytes(Gpt2Config config, BackendVariant variant) {
    return JVM_BYTES + variant.privateBytes(config);
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.0f MiB", bytes / MEBIBYTE);
  }

  /// What the system says can be had without swapping.
  static long availableBytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith("MemAvailable:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException e) {
      // Not Linux: the JDK's figure must do.
    }
    var system = java.lang.management.ManagementFactory.getOperatingSystemMXBean();
    return system instanceof com.sun.management.OperatingSystemMXBean memory
        ? memory.getFreeMemorySize()
        : Long.MAX_VALUE;
  }
}
