package dev.lockstep.gpu.device;

import dev.lockstep.api.file.LocalFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Links a binding whose native library is packed into its jar.
///
/// JCuda and JOCL copy theirs to one fixed file in `java.io.tmpdir`, and load what lies there if
/// something does: a copy that another worker is still writing, one that a killed process left
/// unfinished, or a stranger's. Here it is unpacked to a directory of its own, which is gone again
/// when the library is loaded.
public final class PackedLibrary {
  private static final String PROPERTY = "java.io.tmpdir";

  private PackedLibrary() {}

  /// Runs what makes the binding load its library. Once it is loaded, this does nothing more.
  ///
  /// @throws LinkageError if the library cannot be loaded
  public static synchronized void link(Runnable binding) {
    Path own = newDirectory();
    String usual = System.getProperty(PROPERTY);
    if (own == null || usual == null) {
      binding.run();
      return;
    }
    System.setProperty(PROPERTY, own.toString());
    try {
      binding.run();
    } finally {
      System.setProperty(PROPERTY, usual);
      delete(own);
    }
  }

  /// Null if there can be none: then the binding says what is wrong with the usual one.
  private static @Nullable Path newDirectory() {
    try {
      return LocalFiles.createTemporaryDirectory("lockstep-library-");
    } catch (IOException e) {
      return null;
    }
  }

  private static void delete(Path directory) {
    try {
      LocalFiles.deleteTree(directory);
    } catch (IOException e) {
      // A system that keeps the files of loaded libraries: they stay where temporary files are.
    }
  }
}
