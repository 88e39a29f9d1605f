package dev.lockstep.model;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Makes a directory that is complete from the moment it exists: it is filled under a temporary
// name
/// and renamed.
final class AtomicDirectory {
  private AtomicDirectory() {}

  @FunctionalInterface
  interface Contents {
    void write(Path directory) throws IOException;
  }

  /// Creates `directory`, replacing what is there. If another process makes the same one meanwhile,
  /// one of the two remains, complete.
  ///
  /// @throws IOException if it cannot; the temporary directory is then removed
  static void create(Path directory, Contents contents) throws IOException {
    Path parent = directory.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IOException("no directory for " + directory);
    }
    Files.createDirectories(parent);
    Path temporary = Files.createTempDirectory(parent, ".incomplete-");
    try {
      contents.write(temporary);
      moveAway(directory, parent);
      Files.move(temporary, directory, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      // A rename onto a directory that is not empty fails: the other process was faster.
      boolean lost = temporary.toString().equals(e.getFile()) && Files.isDirectory(directory);
      delete(temporary);
      if (!lost) {
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      delete(temporary);
      throw e;
    }
  }

  private static void moveAway(Path directory, Path parent) throws IOException {
    if (Files.exists(directory)) {
      Path away = Files.createTempDirectory(parent, ".replaced-");
      Files.move(directory, away, StandardCopyOption.ATOMIC_MOVE);
      delete(away);
    }
  }

  static void delete(Path directory) throws IOException {
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
