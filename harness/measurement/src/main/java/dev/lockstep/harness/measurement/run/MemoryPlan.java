package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.harness.worker.machine.AvailableMemory;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/// Decides whether the workers fit into memory side by side.
///
/// The mapped checkpoint is counted once; each worker adds what its backend says it holds for
/// itself and [#JVM_BYTES] for the JVM. Beside them there is, at any time, at most one more: the
/// probe that measures the ceilings, or the oracle that their logits are compared with.
///
/// @param together whether all workers run at the same time
/// @param explanation the figures, one line
record MemoryPlan(boolean together, String explanation) {
  /// A worker's JVM without model: code, metaspace, compiler.
  private static final long JVM_BYTES = 300L << 20;

  private static final double MEBIBYTE = 1 << 20;

  /// @param ownBytes what a variant's worker holds beside its JVM
  /// @param besideBytes what the greatest of those beside the workers holds
  /// @throws UserError if even one worker alone does not fit
  static MemoryPlan of(
      ToLongFunction<BackendVariant> ownBytes,
      long checkpointBytes,
      List<BackendVariant> variants,
      long besideBytes,
      AvailableMemory available) {
    long all = checkpointBytes + besideBytes + JVM_BYTES;
    long greatest = 0;
    for (BackendVariant variant : variants) {
      long bytes = workerBytes(ownBytes, variant);
      all += bytes;
      greatest = Math.max(greatest, bytes);
    }
    String figures =
        variants.stream()
            .map(v -> "%s %s".formatted(v.label(), mebibytes(workerBytes(ownBytes, v))))
            .collect(
                Collectors.joining(
                    ", ",
                    "checkpoint %s, probe or oracle %s, "
                        .formatted(mebibytes(checkpointBytes), mebibytes(besideBytes)),
                    "; available " + available));
    if (all <= available.bytes()) {
      return new MemoryPlan(true, figures);
    }
    if (checkpointBytes + besideBytes + greatest <= available.bytes()) {
      return new MemoryPlan(false, figures);
    }
    throw UserError.error(
        "not enough memory for this model: %s; free some memory or choose a smaller model or fewer backends"
            .formatted(figures));
  }

  /// The variants that run side by side; the groups run one after the other.
  List<List<BackendVariant>> groups(List<BackendVariant> variants) {
    return together ? List.of(variants) : variants.stream().map(List::of).toList();
  }

  private static long workerBytes(ToLongFunction<BackendVariant> ownBytes, BackendVariant variant) {
    return JVM_BYTES + ownBytes.applyAsLong(variant);
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.0f MiB", bytes / MEBIBYTE);
  }
}
