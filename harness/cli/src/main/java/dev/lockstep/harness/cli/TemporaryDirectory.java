package dev.lockstep.harness.cli;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.file.Path;

/// A directory that is deleted at the end, with all that is in it, also when the command is
/// interrupted.
final class TemporaryDirectory implements AutoCloseable {
  private final Path path;
  private final Thread atExit = new Thread(this::delete);

  TemporaryDirectory(String prefix) {
    try {
      path = LocalFiles.createTemporaryDirectory(prefix);
    } catch (IOException e) {
      throw UserError.error(
          "no temporary directory can be made in %s: %s; set TMPDIR to a directory that can be written"
              .formatted(System.getProperty("java.io.tmpdir"), FileProblem.describe(e)),
          e);
    }
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /// Leaves it where it is.
  void keep() {
    forgetAtExit();
  }

  private void forgetAtExit() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The process is ending already, and the hook runs.
    }
  }

  Path path() {
    return path;
  }

  @Override
  public void close() {
    forgetAtExit();
    delete();
  }

  private void delete() {
    try {
      LocalFiles.deleteTree(path);
    } catch (IOException e) {
      Console.error("lockstep: " + path + " could not be deleted: " + FileProblem.describe(e));
    }
  }
}
