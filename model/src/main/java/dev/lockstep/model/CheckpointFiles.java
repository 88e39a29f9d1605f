package dev.lockstep.model;

import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.format.ShardIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// The safetensors files that make up a checkpoint: one, or the shards that an index names.
///
/// @param files in name order, which is the order in which their checksum runs over them
/// @param fileOfTensor for a sharded checkpoint, the file that the index names for each tensor;
///     empty for a single file
record CheckpointFiles(List<Path> files, Map<String, Path> fileOfTensor) {
  static final String SINGLE = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";

  /// @throws ModelException if there is no checkpoint, or one of a kind that is not read
  /// @throws FormatException if the index is malformed or names files outside the directory
  static CheckpointFiles in(Path directory) {
    Path single = directory.resolve(SINGLE);
    Path index = directory.resolve(INDEX);
    if (Files.exists(single) && Files.exists(index)) {
      throw new ModelException(
          "%s: holds both %s and %s; remove the one that is not meant"
              .formatted(directory, SINGLE, INDEX));
    }
    if (Files.exists(single)) {
      return new CheckpointFiles(List.of(single), Map.of());
    }
    if (Files.exists(index)) {
      return fromIndex(directory, index);
    }
    if (Files.exists(directory.resolve("pytorch_model.bin"))) {
      throw new ModelException(
          directory.resolve("pytorch_model.bin")
              + ": is a pickle, which can run code and is never read; convert it to safetensors");
    }
    throw new ModelException("%s: holds neither %s nor %s".formatted(directory, SINGLE, INDEX));
  }

  private static CheckpointFiles fromIndex(Path directory, Path index) {
    Map<String, Path> fileOfTensor = new TreeMap<>();
    ShardIndex.read(index)
        .fileOfTensor()
        .forEach((tensor, name) -> fileOfTensor.put(tensor, directory.resolve(name)));
    List<Path> files = List.copyOf(new TreeSet<>(fileOfTensor.values()));
    for (Path file : files) {
      if (!Files.isRegularFile(file)) {
        throw new FormatException(index, "names %s, which is not there".formatted(file));
      }
    }
    return new CheckpointFiles(files, fileOfTensor);
  }

  long totalBytes() {
    long total = 0;
    for (Path file : files) {
      try {
        total += Files.size(file);
      } catch (IOException e) {
        throw new FormatException(file, "cannot be read: " + e.getMessage(), e);
      }
    }
    return total;
  }
}
