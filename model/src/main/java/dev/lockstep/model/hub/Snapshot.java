package dev.lockstep.model.hub;

import dev.lockstep.api.file.LocalFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

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
    Path directory = LocalFiles.createDirectories(repository.resolve("snapshots").resolve(commit));
    for (Map.Entry<String, Path> entry : blobs.entrySet()) {
      link(directory, entry.getKey(), entry.getValue());
    }
    if (!revision.equals(commit)) {
      Path ref = repository.resolve("refs").resolve(revision);
      LocalFiles.createDirectories(Objects.requireNonNull(ref.getParent()));
      LocalFiles.replace(ref, commit.getBytes(StandardCharsets.UTF_8));
    }
    return directory;
  }

  /// Where the file system has no symbolic links the file itself takes the place, as the layout's
  /// description provides.
  private static void link(Path directory, String name, Path blob) throws IOException {
    Path link = directory.resolve(name);
    try {
      LocalFiles.link(link, directory.relativize(blob));
    } catch (UnsupportedOperationException | FileSystemException e) {
      Path temporary = LocalFiles.createTemporaryFile(directory, ".copy-", "");
      LocalFiles.copy(blob, temporary);
      LocalFiles.moveAtomically(temporary, link);
    }
  }
}
