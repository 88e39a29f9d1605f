package dev.lockstep.verify;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/// Where this process and its workers hand each other logits and activations: one temporary
/// directory, which is gone at the end, also when the process is interrupted.
final class Exchange {
  private static @Nullable Path directory;

  private Exchange() {}

  static Path newFile(String suffix) throws IOException {
    return Files.createTempFile(directory(), "", suffix);
  }

  static Path newDirectory() throws IOException {
    return Files.createTempDirectory(directory(), "");
  }

  private static synchronized Path directory() throws IOException {
    if (directory == null) {
      Path made = Files.createTempDirectory("lockstep-exchange");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(made)));
      directory = made;
    }
    return directory;
  }

  private static void delete(Path tree) {
    try {
      Files.walkFileTree(
          tree,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
                throws IOException {
              Files.deleteIfExists(visited);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      // A worker may still be writing; the system's own cleaning is left with it.
    }
  }
}
