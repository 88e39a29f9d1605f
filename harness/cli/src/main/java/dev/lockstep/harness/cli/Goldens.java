package dev.lockstep.harness.cli;

import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.golden.GoldenFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Finds the golden file that belongs to a model.
final class Goldens {
  private Goldens() {}

  /// The golden file that ships with the project, if it was recorded from this model; else null.
  static @Nullable GoldenFile shipped(LoadedModel model) {
    GoldenFile golden = GoldenFile.embedded();
    return golden.modelSha256().equals(model.sha256()) ? golden : null;
  }

  /// A golden file that the user names, checked against the model.
  ///
  /// @throws UserError if it cannot be read or belongs to another model
  static GoldenFile read(Path file, LoadedModel model) {
    try {
      GoldenFile golden = GoldenFile.read(file);
      golden.requireModel(model.sha256(), model.config());
      return golden;
    } catch (IllegalArgumentException e) {
      throw UserError.error(String.valueOf(e.getMessage()), e);
    }
  }
}
