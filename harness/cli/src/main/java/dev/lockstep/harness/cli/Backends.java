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

  /// The one variant that an option names.
  static BackendVariant single(BackendCatalog catalog, String option, String argument) {
    List<BackendVariant> variants = BackendArguments.parse(catalog, List.of(argument));
    if (variants.size() != 1) {
      throw UserError.usage("%s %s: exactly one backend is needed".formatted(option, argument));
    }
    return variants.getFirst();
  }
}
