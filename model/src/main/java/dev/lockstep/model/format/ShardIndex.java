package dev.lockstep.model.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// Reads `model.safetensors.index.json`: which shard holds which tensor.
///
/// @param fileOfTensor plain file names, all ending in `.safetensors`
public record ShardIndex(Map<String, String> fileOfTensor) {
  private static final long MAX_BYTES = 64 << 20;
  private static final int MAX_NAME_LENGTH = 255;

  /// @throws FormatException if the file is malformed or names a file outside its directory
  public static ShardIndex read(Path index) {
    JsonNode weightMap = StrictJson.readObject(index, MAX_BYTES).get("weight_map");
    if (weightMap == null || !weightMap.isObject() || weightMap.isEmpty()) {
      throw new FormatException(index, "weight_map is not an object that names files");
    }
    Map<String, String> fileOfTensor = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : weightMap.properties()) {
      if (!field.getValue().isTextual()) {
        throw new FormatException(
            index, "weight_map.%s is not a file name".formatted(field.getKey()));
      }
      String name = field.getValue().textValue();
      requirePlainName(index, field.getKey(), name);
      fileOfTensor.put(field.getKey(), name);
    }
    return new ShardIndex(fileOfTensor);
  }

  /// An index may come from anywhere; it must not reach files outside the model's directory.
  private static void requirePlainName(Path index, String tensor, String name) {
    boolean plain =
        name.endsWith(".safetensors")
            && !name.startsWith(".")
            && name.length() <= MAX_NAME_LENGTH
            && name.chars().allMatch(c -> c > ' ' && c < 0x7F && c != '/' && c != '\\' && c != ':');
    if (!plain) {
      throw new FormatException(
          index,
          "weight_map.%s is '%s': it must name a .safetensors file beside the index"
              .formatted(tensor, name));
    }
  }
}
