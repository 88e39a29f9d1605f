package dev.lockstep.harness.worker.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A directory in place of `/`, with the files of `/proc` and `/sys` that a test needs.
final class FakeRoot {
  static final String SECOND =
      "30 22 0:27 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate";
  static final String FIRST =
      """
      34 30 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
      31 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
      40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw""";

  private final Path root;

  FakeRoot(Path root) {
    this.root = root;
  }

  Path path() {
    return root;
  }

  /// Writes a file, with a line break at its end as the kernel does.
  FakeRoot with(String file, String text) {
    try {
      Path path = root.resolve(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, text + "\n");
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
