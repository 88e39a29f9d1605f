package dev.lockstep.harness.cli;

import java.nio.file.Path;

/// A temporary directory for the logs of workers whose command has no output directory. Deleted at
/// the end unless [#keep] was called.
final class ScratchLogs implements AutoCloseable {
  private final TemporaryDirectory directory = new TemporaryDirectory("lockstep-logs");
  private boolean kept;

  Path log(String name) {
    return directory.path().resolve(name + ".log");
  }

  /// Leaves the logs where they are, because an error message names them.
  void keep() {
    kept = true;
    directory.keep();
  }

  @Override
  public void close() {
    if (!kept) {
      directory.close();
    }
  }
}
