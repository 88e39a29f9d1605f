package dev.lockstep.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

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

  /// Creates the directory unless it is complete. An incomplete one is replaced. Whoever else wants
  /// it meanwhile, in this process or another, waits.
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
    Files.createDirectories(parent);
    synchronized (AtomicDirectory.class) {
      try (FileChannel channel =
              FileChannel.open(
                  parent.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (!isComplete.getAsBoolean()) {
          deleteLeftovers(parent);
          create(parent, contents);
        }
      }
    }
  }

  private void create(Path parent, Contents contents) throws IOException {
    Path temporary = Files.createTempDirectory(parent, TEMPORARY_PREFIX);
    try {
      contents.write(temporary);
      delete(path);
      Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      delete(temporary);
      throw e;
    }
  }

  /// What a killed process left behind. Under the lock no other process is at work.
  private static void deleteLeftovers(Path parent) throws IOException {
    try (DirectoryStream<Path> leftovers =
        Files.newDirectoryStream(parent, TEMPORARY_PREFIX + "*")) {
      for (Path leftover : leftovers) {
        delete(leftover);
      }
    }
  }

  static void deleteQuietly(Path directory) {
    try {
      delete(directory);
    } catch (IOException | UncheckedIOException e) {
      // It was temporary; the system clears such directories as well.
    }
  }

  private static void delete(Path directory) throws IOException {
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(directory)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    } catch (NoSuchFileException e) {
      return;
    }
    for (Path path : paths) {
      Files.deleteIfExists(path);
    }
  }

  /// What went wrong, without the path that file system exceptions put first.
  static String describe(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "permission denied for " + denied.getFile();
      case FileAlreadyExistsException exists -> exists.getFile() + " is not a directory";
      case FileSystemException other when other.getReason() != null -> other.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }
}
