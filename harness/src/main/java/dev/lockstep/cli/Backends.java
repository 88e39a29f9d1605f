package dev.lockstep.cli;

import dev.lockstep.catalog.BackendArguments;
import dev.lockstep.catalog.BackendCatalog;
import dev.lockstep.catalog.BackendVariant;
import dev.lockstep.error.UserError;
import java.util.List;

/// Options that name one backend.
final class Backends {
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
