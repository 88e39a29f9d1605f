package dev.lockstep.model.hub;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;

/// A revision's files by name: `snapshots/COMMIT/` holds links to blobs, `refs/REVISION` the
/// commit.
final class Snapshot {
  private final Path repository;
  private final String commit;
  private final Map<String, Path> blobs = new LinkedHashMap<>();

  Snapshot(Path repository, String commit) {
    this.repository = repository;
    this.commit = commit;
  }

  /// Adds a file. Links are made in the order of addition.
  void add(String name, Path blob) {
    blobs.put(name, blob);
  }

  /// Makes the links, and then lets the revision point to them.
  ///
  /// @return the snapshot's directory
  Path link(String revision) throws IOException {
    Path directory = Files.createDirectories(repository.resolve("snapshots").resolve(commit));
    for (Map.Entry<String, Path> entry : blobs.entrySet()) {
      link(directory, entry.getKey(), entry.getValue());
    }
    if (!revision.equals(commit)) {
      Path ref = repository.resolve("refs").resolve(revision);
      Files.createDirectories(ref.getParent());
      Path temporary = Files.createTempFile(ref.getParent(), ".ref-", "");
      Files.writeString(temporary, commit);
      Files.move(temporary, ref, StandardCopyOption.ATOMIC_MOVE);
    }
    return directory;
  }

  /// Where the file system has no symbolic links the file itself takes the place, as the layout's
  /// description provides.
  private static void link(Path directory, String name, Path blob) throws IOException {
    Path link = directory.resolve(name);
    Path temporary = directory.resolve("." + name + ".lockstep-new");
    Files.deleteIfExists(temporary);
    try {
      Files.createSymbolicLink(temporary, directory.relativize(blob));
    } catch (UnsupportedOperationException | FileSystemException e) {
      Files.copy(blob, temporary);
    }
    Files.move(temporary, link, StandardCopyOption.ATOMIC_MOVE);
  }
}
