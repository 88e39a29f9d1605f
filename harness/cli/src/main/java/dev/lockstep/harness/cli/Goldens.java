package dev.lockstep.harness.cli;

import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.golden.GoldenFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Finds the golden file that belongs to a model.
final class Goldens {
  private static final String EMBEDDED = "/dev/lockstep/model/golden/shakespeare.json";

  private Goldens() {}

  /// The golden file that ships with the project, if it was recorded from this model; else null.
  static @Nullable GoldenFile shipped(LoadedModel model) {
    try (InputStream resource = Goldens.class.getResourceAsStream(EMBEDDED)) {
      if (resource == null) {
        throw new IllegalStateException("resource " + EMBEDDED + " is missing from the build");
      }
      GoldenFile golden = GoldenFile.read(resource, "the shipped golden file");
      return golden.modelSha256().equals(model.sha256()) ? golden : null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
