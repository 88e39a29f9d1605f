package dev.lockstep.harness.cli;

import dev.lockstep.harness.worker.catalog.BackendArguments;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.UserError;
import java.util.List;

/// Options that name one backend.
final class Backends {
  /// The fastest one that computes in the formula's own order and needs nothing.
  static final String DEFAULT = "kvcache";

  private Backends() {}

  /// Refuses engines: what a command does is done in a JVM of ours alone.
  ///
  /// @param what the command does that an engine cannot
  static void requireNoEngine(List<BackendVariant> variants, String what) {
    for (BackendVariant variant : variants) {
      if (variant.engine() != null) {
        throw UserError.usage(
            "%s is an engine in another process: %s; run and verify take it"
                .formatted(variant.id(), what));
      }
    }
  }

  /// The one variant that an option names.
  static BackendVariant single(BackendCatalog catalog, String option, String argument) {
    List<BackendVariant> variants = BackendArguments.parse(catalog, List.of(argument));
    if (variants.size() != 1) {
      throw UserError.usage("%s %s: exactly one backend is needed".formatted(option, argument));
    }
    return variants.getFirst();
  }
}
