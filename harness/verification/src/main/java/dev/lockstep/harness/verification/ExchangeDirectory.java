package dev.lockstep.harness.verification;

import dev.lockstep.api.file.LocalFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where this process and its workers hand each other logits and activations: one temporary
/// directory, which is gone at the end, also when the process is interrupted.
final class ExchangeDirectory {
  private static @Nullable Path directory;

  private ExchangeDirectory() {}

  static Path newFile(String suffix) throws IOException {
    return LocalFiles.createTemporaryFile(directory(), "", suffix);
  }

  static Path newDirectory() throws IOException {
    return LocalFiles.createTemporaryDirectory(directory(), "");
  }

  private static synchronized Path directory() throws IOException {
    if (directory == null) {
      Path made = LocalFiles.createTemporaryDirectory("lockstep-exchange");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(made)));
      directory = made;
    }
    return directory;
  }

  private static void delete(Path tree) {
    try {
      LocalFiles.deleteTree(tree);
    } catch (IOException | UncheckedIOException e) {
      // A worker may still be writing; the system's own cleaning is left with it.
    }
  }
}
