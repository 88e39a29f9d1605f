package dev.lockstep.api.file;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/// The one door through which this project makes, writes, moves and deletes files. Nothing here
/// looks first and acts later: a name is taken by the call that makes it.
public final class LocalFiles {
  private LocalFiles() {}

  /// Makes a directory and those above it; one that is there already will do.
  public static Path createDirectories(Path directory) throws IOException {
    return Files.createDirectories(directory);
  }

  /// Makes a directory that is nobody else's.
  ///
  /// @throws FileAlreadyExistsException if the name is taken
  public static Path createDirectory(Path directory) throws IOException {
    return Files.createDirectory(directory);
  }

  /// Makes a directory that is nobody else's, and those above it: `directory`, or if the name is
  /// taken `directory-2`, `directory-3` and so on.
  public static Path createNumberedDirectory(Path directory) throws IOException {
    Path parent = directory.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    for (int number = 1; ; number++) {
      String suffix = number == 1 ? "" : "-" + number;
      Path candidate = directory.resolveSibling(directory.getFileName() + suffix);
      try {
        return Files.createDirectory(candidate);
      } catch (FileAlreadyExistsException e) {
        // Another run has this one.
      }
    }
  }

  /// A new directory among the system's temporary files.
  public static Path createTemporaryDirectory(String prefix) throws IOException {
    return Files.createTempDirectory(prefix);
  }

  /// A new directory of a name of its own.
  public static Path createTemporaryDirectory(Path parent, String prefix) throws IOException {
    return Files.createTempDirectory(parent, prefix);
  }

  /// A new file among the system's temporary files.
  public static Path createTemporaryFile(String prefix, String suffix) throws IOException {
    return Files.createTempFile(prefix, suffix);
  }

  /// A new file of a name of its own.
  public static Path createTemporaryFile(Path parent, String prefix, String suffix)
      throws IOException {
    return Files.createTempFile(parent, prefix, suffix);
  }

  /// Writes a file whole, or leaves what was there: under a temporary name of its own, renamed.
  public static void replace(Path file, byte[] content) throws IOException {
    Path temporary = file.resolveSibling("." + file.getFileName() + "-" + UUID.randomUUID());
    try {
      Files.write(temporary, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      moveAtomically(temporary, file);
    } catch (IOException e) {
      // On a full disk, half a file takes room that the user needs.
      deleteIfPossible(temporary);
      throw e;
    }
  }

  /// Makes a file that was not there.
  public static FileChannel createNew(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /// Makes a file, or empties the one that is there.
  public static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  /// As [#create], for a stream.
  public static OutputStream createStream(Path file) throws IOException {
    return Channels.newOutputStream(create(file));
  }

  /// Opens a file that is there, to write at its end.
  public static FileChannel append(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
  }

  /// Opens a file to read and write it as it is, and makes it if need be: one to lock, or to go on
  /// with.
  public static FileChannel openOrCreate(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /// Opens a file to read it.
  public static FileChannel read(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  /// Copies what a stream holds to a file that was not there.
  public static void copy(InputStream content, Path file) throws IOException {
    Files.copy(content, file);
  }

  /// Copies a file over what the name holds.
  public static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }

  /// Renames; a file that has the new name is replaced in the same instant.
  public static void moveAtomically(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// Makes `link` point to `target`, whatever it was before, in one step.
  ///
  /// @throws UnsupportedOperationException if the file system has no symbolic links
  public static void link(Path link, Path target) throws IOException {
    Path temporary = link.resolveSibling("." + link.getFileName() + "-" + UUID.randomUUID());
    Files.createSymbolicLink(temporary, target);
    try {
      moveAtomically(temporary, link);
    } catch (IOException e) {
      deleteIfPossible(temporary);
      throw e;
    }
  }

  /// Sets when a file was last changed.
  public static void setChanged(Path file, FileTime time) throws IOException {
    Files.setLastModifiedTime(file, time);
  }

  /// Deletes a file or an empty directory, if it is there.
  public static void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  /// As [#delete], where a failure costs no more than some room on the disk.
  public static void deleteIfPossible(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // It stays. Whatever led here is told instead.
    }
  }

  /// Deletes a directory and all that is in it, if it is there.
  public static void deleteTree(Path directory) throws IOException {
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

  /// Lets the JVM delete a file, or a directory that is empty by then, when it ends.
  public static void deleteAtExit(Path file) {
    file.toFile().deleteOnExit();
  }

  /// Where a process may append what it prints.
  public static ProcessBuilder.Redirect output(Path file) {
    File log = file.toFile();
    return ProcessBuilder.Redirect.appendTo(log);
  }
}
