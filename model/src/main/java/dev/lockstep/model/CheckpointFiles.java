package dev.lockstep.model;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.format.ShardIndex;
import dev.lockstep.model.format.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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
/// @param notes what was passed over, for the user
record CheckpointFiles(List<Path> files, Map<String, Path> fileOfTensor, List<String> notes) {
  static final String SINGLE = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";

  /// The checkpoint in a directory. An index beside [#SINGLE] that names nothing else, as mlx_lm
  /// writes it, says nothing; one whose files are gone is what a conversion left behind, and as in
  /// Hugging Face's software [#SINGLE] counts.
  ///
  /// @throws ModelException if there is no checkpoint, one of a kind that is not read, or two
  /// @throws FormatException if the index is malformed or names files outside the directory
  static CheckpointFiles in(Path directory) {
    Path single = directory.resolve(SINGLE);
    Path index = directory.resolve(INDEX);
    if (Files.exists(single, LinkOption.NOFOLLOW_LINKS)) {
      return Files.exists(index) ? besideIndex(directory, single, index) : of(single, List.of());
    }
    if (Files.exists(index, LinkOption.NOFOLLOW_LINKS)) {
      return fromIndex(directory, index);
    }
    throw new ModelException(
        "%s: holds neither %s nor %s%s"
            .formatted(
                directory,
                SINGLE,
                INDEX,
                OtherCheckpoint.in(directory).map(found -> "; there is " + found).orElse("")));
  }

  private static CheckpointFiles of(Path single, List<String> notes) {
    StrictJson.requireSize(single, Long.MAX_VALUE);
    return new CheckpointFiles(List.of(single), Map.of(), notes);
  }

  private static CheckpointFiles besideIndex(Path directory, Path single, Path index) {
    CheckpointFiles indexed;
    try {
      indexed = fromIndex(directory, index);
    } catch (FormatException e) {
      return of(
          single,
          List.of("%s is read and %s ignored, which %s".formatted(SINGLE, INDEX, e.problem())));
    }
    if (indexed.files().equals(List.of(single))) {
      return of(single, List.of());
    }
    if (indexed.files().contains(single)) {
      return indexed;
    }
    throw new ModelException(
        "%s: holds both %s and the files that %s names; remove those that are not meant"
            .formatted(directory, SINGLE, INDEX));
  }

  private static CheckpointFiles fromIndex(Path directory, Path index) {
    Map<String, Path> fileOfTensor = new TreeMap<>();
    ShardIndex.read(index)
        .fileOfTensor()
        .forEach((tensor, name) -> fileOfTensor.put(tensor, directory.resolve(name)));
    List<Path> files = List.copyOf(new TreeSet<>(fileOfTensor.values()));
    for (Path file : files) {
      if (!Files.isRegularFile(file)) {
        throw new FormatException(
            index,
            "names %s, which %s"
                .formatted(
                    file.getFileName(),
                    Files.isSymbolicLink(file) ? "is a broken link" : "is not there"));
      }
    }
    return new CheckpointFiles(files, fileOfTensor, List.of());
  }

  long totalBytes() {
    long total = 0;
    for (Path file : files) {
      try {
        total += Files.size(file);
      } catch (IOException e) {
        throw new FormatException(file, "cannot be read: " + FileProblem.describe(e), e);
      }
    }
    return total;
  }
}
