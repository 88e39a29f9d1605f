package dev.lockstep.model;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.model.synthetic.SyntheticShape;
import dev.lockstep.model.synthetic.SyntheticWeights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// Synthetic models on disk: each is written once, as a whole or not at all, and then only mapped.
final class SyntheticCache {
  private static final String PREFIX = "v" + SyntheticWeights.VERSION + ",";

  private final Path root;

  /// @param cache usually [CacheDirectory#path]
  SyntheticCache(Path cache) {
    root = cache.resolve("synthetic");
  }

  Path directoryOf(SyntheticShape shape) {
    String fields =
        shape.canonicalArgument().substring(SyntheticShape.SCHEME.length()).replace(':', ',');
    return root.resolve(PREFIX + fields);
  }

  /// The shapes of all complete models that are there, by name.
  List<SyntheticShape> shapes() {
    try (Stream<Path> directories = Files.list(root)) {
      return directories
          .map(directory -> directory.getFileName().toString())
          .filter(name -> name.startsWith(PREFIX))
          .sorted()
          .map(SyntheticCache::shapeOf)
          .flatMap(Optional::stream)
          .filter(this::holds)
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  private static Optional<SyntheticShape> shapeOf(String directoryName) {
    String fields = directoryName.substring(PREFIX.length()).replace(',', ':');
    try {
      return Optional.of(SyntheticShape.parse(SyntheticShape.SCHEME + fields));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  boolean holds(SyntheticShape shape) {
    return holds(directoryOf(shape), new SyntheticCheckpoint(shape));
  }

  /// Directories appear by a rename once they are complete; the size tells if someone cut a file
  /// since.
  private static boolean holds(Path directory, SyntheticCheckpoint checkpoint) {
    try {
      return Files.isRegularFile(directory.resolve("config.json"))
          && Files.size(directory.resolve(CheckpointFiles.SINGLE)) == checkpoint.bytes();
    } catch (IOException e) {
      return false;
    }
  }

  /// The model's directory, written first if it is not there.
  ///
  /// @throws ModelException if it cannot be written; then nothing half-written is left
  Path require(SyntheticShape shape) {
    SyntheticCheckpoint checkpoint = new SyntheticCheckpoint(shape);
    Path directory = directoryOf(shape);
    try {
      new AtomicDirectory(directory, () -> holds(directory, checkpoint))
          .require(
              temporary -> {
                requireSpace(checkpoint.bytes());
                checkpoint.write(temporary);
              });
      return directory;
    } catch (IOException e) {
      throw new ModelException(
          String.format(
              Locale.ROOT,
              "%s: cannot write the %d bytes of %s: %s; set LOCKSTEP_CACHE to a directory with room",
              root,
              checkpoint.bytes(),
              shape.canonicalArgument(),
              describe(e)),
          e);
    }
  }

  private void requireSpace(long bytes) throws IOException {
    long available = Files.getFileStore(root).getUsableSpace();
    if (available < bytes) {
      throw new IOException(String.format(Locale.ROOT, "only %d bytes are available", available));
    }
  }

  private String describe(IOException e) {
    String reason = FileProblem.describe(e, root);
    try {
      long available = Files.getFileStore(root).getUsableSpace();
      return reason.contains("available")
          ? reason
          : reason + String.format(Locale.ROOT, " (%d available)", available);
    } catch (IOException unknown) {
      return reason;
    }
  }
}
