package dev.lockstep.model;

import dev.lockstep.api.file.LocalFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/// Makes directories that are complete from the moment they exist: filled under a temporary name
/// and renamed, by one process at a time.
///
/// @param path what is to exist
/// @param isComplete whether what is there can be used as it is
record AtomicDirectory(Path path, BooleanSupplier isComplete) {
  private static final String TEMPORARY_PREFIX = ".incomplete-";

  @FunctionalInterface
  interface Contents {
    void write(Path directory) throws IOException;
  }

  /// Creates the directory unless it is complete. An incomplete one is replaced. Others that
  /// want it meanwhile, in this process or another, wait.
  ///
  /// @throws IOException if it cannot; nothing half-written is then left
  ///     The lock's only use is to be held.
  @SuppressWarnings("try")
  void require(Contents contents) throws IOException {
    if (isComplete.getAsBoolean()) {
      return;
    }
    Path parent = path.getParent();
    if (parent == null) {
      throw new IOException("no directory above " + path);
    }
    LocalFiles.createDirectories(parent);
    synchronized (AtomicDirectory.class) {
      try (FileChannel channel = LocalFiles.openOrCreate(parent.resolve(".lock"));
          FileLock lock = channel.lock()) {
        if (!isComplete.getAsBoolean()) {
          deleteLeftovers(parent);
          create(parent, contents);
        }
      }
    }
  }

  private void create(Path parent, Contents contents) throws IOException {
    Path temporary = LocalFiles.createTemporaryDirectory(parent, TEMPORARY_PREFIX);
    try {
      contents.write(temporary);
      LocalFiles.deleteTree(path);
      LocalFiles.moveAtomically(temporary, path);
    } catch (IOException | RuntimeException e) {
      LocalFiles.deleteTree(temporary);
      throw e;
    }
  }

  /// What a killed process left behind. Under the lock no other process is at work.
  private static void deleteLeftovers(Path parent) throws IOException {
    try (DirectoryStream<Path> leftovers =
        Files.newDirectoryStream(parent, TEMPORARY_PREFIX + "*")) {
      for (Path leftover : leftovers) {
        LocalFiles.deleteTree(leftover);
      }
    }
  }

  static void deleteQuietly(Path directory) {
    try {
      LocalFiles.deleteTree(directory);
    } catch (IOException | UncheckedIOException e) {
      // It was temporary; the system clears such directories as well.
    }
  }
}
