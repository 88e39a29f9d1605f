package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/// Writes checkpoints for tests, right ones and, since every part can be replaced, wrong ones.
final class TestCheckpoint {
  static final Gpt2Config SHAPE = new Gpt2Config(2, 3, 6, 5, 11, 1e-5);

  private static final ObjectMapper JSON = new ObjectMapper();

  /// A tensor as it goes into the file.
  record Part(String name, String dtype, List<Integer> shape, byte[] bytes) {
    Part named(String other) {
      return new Part(other, dtype, shape, bytes);
    }
  }

  private TestCheckpoint() {}

  /// Seeded values for every tensor of a tied model; each is exact in all dtypes.
  static Map<String, float[]> values(Gpt2Config config, long seed) {
    Random random = new Random(seed);
    Map<String, float[]> values = new LinkedHashMap<>();
    Gpt2Weights.shapes(config)
        .forEach(
            (name, shape) -> {
              float[] elements = new float[shape.stream().reduce(1, Math::multiplyExact)];
              for (int i = 0; i < elements.length; i++) {
                elements[i] = (random.nextInt(256) - 128) / 64f;
              }
              values.put(name, elements);
            });
    values.remove("lm_head.weight");
    return values;
  }

  static List<Part> parts(Gpt2Config config, Map<String, float[]> values, String dtype) {
    List<Part> parts = new ArrayList<>();
    Map<String, List<Integer>> shapes = Gpt2Weights.shapes(config);
    values.forEach(
        (name, elements) ->
            parts.add(
                new Part(
                    name, dtype, shapes.getOrDefault(name, List.of()), bytes(elements, dtype))));
    return parts;
  }

  static byte[] bytes(float[] elements, String dtype) {
    int width =
        switch (dtype) {
          case "F64" -> Double.BYTES;
          case "F32" -> Float.BYTES;
          default -> Short.BYTES;
        };
    ByteBuffer bytes = ByteBuffer.allocate(elements.length * width).order(ByteOrder.LITTLE_ENDIAN);
    for (float element : elements) {
      switch (dtype) {
        case "F64" -> bytes.putDouble(element);
        case "F32" -> bytes.putFloat(element);
        case "F16" -> bytes.putShort(Float.floatToFloat16(element));
        case "BF16" -> bytes.putShort((short) (Float.floatToRawIntBits(element) >>> 16));
        default -> throw new IllegalArgumentException(dtype);
      }
    }
    return bytes.array();
  }

  /// The header of these parts, laid out one after the other.
  static ObjectNode header(List<Part> parts) {
    ObjectNode header = JSON.createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    long offset = 0;
    for (Part part : parts) {
      ObjectNode entry = header.putObject(part.name()).put("dtype", part.dtype());
      part.shape().forEach(entry.putArray("shape")::add);
      long end = offset + part.bytes().length;
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    return header;
  }

  /// A whole file from the text of its header.
  static byte[] file(String header, List<Part> parts) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    int dataBytes = parts.stream().mapToInt(part -> part.bytes().length).sum();
    ByteBuffer file =
        ByteBuffer.allocate(Long.BYTES + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(json.length).put(json);
    parts.forEach(part -> file.put(part.bytes()));
    return file.array();
  }

  static void write(Path file, List<Part> parts) throws IOException {
    Files.write(file, file(header(parts).toString(), parts));
  }

  static ObjectNode config(Gpt2Config config) {
    return JSON.createObjectNode()
        .put("model_type", "gpt2")
        .put("activation_function", "gelu_new")
        .put("n_layer", config.nLayer())
        .put("n_head", config.nHead())
        .put("n_embd", config.nEmbd())
        .put("n_positions", config.nPositions())
        .put("vocab_size", config.vocabSize())
        .put("layer_norm_epsilon", config.layerNormEpsilon());
  }

  /// A directory with a right F32 checkpoint of [#SHAPE], changed by `change`.
  static Path directory(Path root, UnaryOperator<List<Part>> change) throws IOException {
    return directory(root, change, config(SHAPE));
  }

  static Path directory(Path root, UnaryOperator<List<Part>> change, ObjectNode config)
      throws IOException {
    Path directory = Files.createTempDirectory(root, "model");
    List<Part> parts = parts(SHAPE, values(SHAPE, 1), "F32");
    write(directory.resolve("model.safetensors"), change.apply(new ArrayList<>(parts)));
    Files.writeString(directory.resolve("config.json"), config.toString());
    return directory;
  }

  /// Whether a model holds exactly these values.
  static boolean holds(LoadedModel model, Map<String, float[]> values) {
    return values.entrySet().stream()
        .allMatch(
            entry ->
                Arrays.equals(entry.getValue(), model.weights().tensor(entry.getKey()).toArray()));
  }

  /// In one line that begins with the file.
  static void assertRefused(Path directory, String file, String... saying) {
    String message =
        String.valueOf(
            assertThrows(ModelException.class, () -> Models.open(directory.toString()).close())
                .getMessage());
    assertFalse(message.contains("\n"), message);
    assertTrue(message.startsWith(directory.resolve(file).toString()), message);
    for (String words : saying) {
      assertTrue(message.contains(words), message);
    }
  }
}
