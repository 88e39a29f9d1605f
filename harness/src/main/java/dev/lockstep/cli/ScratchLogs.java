package dev.lockstep.cli;

import dev.lockstep.error.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// A temporary directory for the logs of workers whose command has no output directory. Deleted at
/// the end unless [#keep] was called.
final class ScratchLogs implements AutoCloseable {
  private final Path directory;
  private boolean kept;

  ScratchLogs() {
    try {
      directory = Files.createTempDirectory("lockstep-logs");
    } catch (IOException e) {
      throw UserError.error(
          "no temporary directory can be made in %s: %s; set -Djava.io.tmpdir"
              .formatted(System.getProperty("java.io.tmpdir"), e.getMessage()),
          e);
    }
  }

  Path log(String label) {
    return directory.resolve(label.replaceAll("[^A-Za-z0-9._=-]", "_") + ".log");
  }

  /// Leaves the logs where they are, because an error message names them.
  void keep() {
    kept = true;
  }

  @Override
  public void close() {
    if (kept) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      Console.error("lockstep: " + directory + " could not be deleted: " + e.getMessage());
    }
  }
}
