package dev.lockstep.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.format.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
  static final long MAX_INDEX_BYTES = 64 << 20;

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
    JsonNode weightMap = StrictJson.readObject(index, MAX_INDEX_BYTES).get("weight_map");
    if (weightMap == null || !weightMap.isObject() || weightMap.isEmpty()) {
      throw new FormatException(index, "weight_map is not an object that names files");
    }
    Map<String, Path> fileOfTensor = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : weightMap.properties()) {
      if (!field.getValue().isTextual()) {
        throw new FormatException(
            index, "weight_map.%s is not a file name".formatted(field.getKey()));
      }
      String name = field.getValue().textValue();
      requirePlainName(index, field.getKey(), name);
      fileOfTensor.put(field.getKey(), directory.resolve(name));
    }
    List<Path> files = new ArrayList<>(new TreeSet<>(fileOfTensor.values()));
    for (Path file : files) {
      if (!Files.isRegularFile(file)) {
        throw new FormatException(index, "names %s, which is not there".formatted(file));
      }
    }
    return new CheckpointFiles(List.copyOf(files), fileOfTensor);
  }

  /// An index may come from anywhere; it must not reach files outside the model's directory.
  private static void requirePlainName(Path index, String tensor, String name) {
    boolean plain =
        name.endsWith(".safetensors")
            && !name.startsWith(".")
            && name.length() <= 255
            && name.chars().allMatch(c -> c > ' ' && c < 0x7F && c != '/' && c != '\\' && c != ':');
    if (!plain) {
      throw new FormatException(
          index,
          "weight_map.%s is '%s': it must name a .safetensors file beside the index"
              .formatted(tensor, name));
    }
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
