package dev.lockstep.harness.measurement.fuzz;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/// Right models, as small as they can be, in the forms that a checkpoint may have.
final class SeedModels {
  static final int VOCAB_SIZE = 262;
  private static final Gpt2Config TINY = new Gpt2Config(1, 1, 2, 2, 3, 1e-5);
  private static final Gpt2Config SPEAKING = new Gpt2Config(1, 1, 1, 2, VOCAB_SIZE, 1e-5);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path root;

  SeedModels(Path root) {
    this.root = root;
  }

  private record Part(String name, String dtype, List<Integer> shape, byte[] bytes) {}

  /// F32, tied, nothing else.
  Path plain() throws IOException {
    Path directory = directory("plain", TINY, true);
    write(directory.resolve("model.safetensors"), parts(TINY, "F32", "", true), 0);
    return directory;
  }

  /// F16 with prefixed names and mask buffers, the data at an odd byte.
  Path old() throws IOException {
    Path directory = directory("old", TINY, true);
    List<Part> parts = parts(TINY, "F16", "transformer.", true);
    parts.add(2, new Part("transformer.h.0.attn.bias", "BOOL", List.of(1, 1, 2, 2), new byte[4]));
    parts.add(new Part("transformer.h.0.attn.masked_bias", "F32", List.of(), new byte[4]));
    write(directory.resolve("model.safetensors"), parts, 3);
    return directory;
  }

  /// BF16 with a head of its own.
  Path untied() throws IOException {
    Path directory = directory("untied", TINY, false);
    write(directory.resolve("model.safetensors"), parts(TINY, "BF16", "", false), 1);
    return directory;
  }

  /// F32 in two shards.
  Path sharded() throws IOException {
    Path directory = directory("sharded", TINY, true);
    List<Part> parts = parts(TINY, "F32", "", true);
    ObjectNode index = JSON.createObjectNode();
    index.putObject("metadata").put("total_size", 1);
    for (int shard = 0; shard < 2; shard++) {
      String file = String.format(Locale.ROOT, "model-%d-of-2.safetensors", shard + 1);
      List<Part> own = parts.subList(shard * 8, shard * 8 + 8);
      own.forEach(part -> index.withObject("/weight_map").put(part.name(), file));
      write(directory.resolve(file), own, 0);
    }
    Files.writeString(directory.resolve("model.safetensors.index.json"), index.toString());
    return directory;
  }

  /// With a tokenizer.
  Path speaking() throws IOException {
    Path directory = directory("speaking", SPEAKING, true);
    write(directory.resolve("model.safetensors"), parts(SPEAKING, "F32", "", true), 0);
    List<String> merges = List.of("t h", "th e", "Ġ the", "a b", "ab a");
    ObjectNode vocabulary = JSON.createObjectNode();
    char next = 256;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b > ' ' && b < 0x7F) || (b > 0xA0 && b != 0xAD);
      vocabulary.put(Character.toString(printable ? (char) b : next++), b);
    }
    merges.forEach(merge -> vocabulary.put(merge.replace(" ", ""), vocabulary.size()));
    vocabulary.put("<|endoftext|>", vocabulary.size());
    Files.writeString(directory.resolve("vocab.json"), vocabulary.toString());
    Files.writeString(
        directory.resolve("merges.txt"), "#version: 0.2\n" + String.join("\n", merges) + "\n");
    return directory;
  }

  /// The same tokenizer as one file, with an added token.
  Path speakingByOneFile() throws IOException {
    Path directory = directory("speaking-by-one-file", SPEAKING, true);
    Path other = speaking();
    Files.copy(other.resolve("model.safetensors"), directory.resolve("model.safetensors"));
    ObjectNode json = JSON.createObjectNode().put("version", "1.0").putNull("normalizer");
    json.putArray("added_tokens")
        .addObject()
        .put("id", VOCAB_SIZE - 1)
        .put("content", "<|endoftext|>")
        .put("special", true);
    json.putObject("pre_tokenizer").put("type", "ByteLevel").put("add_prefix_space", false);
    json.putNull("post_processor").putObject("decoder").put("type", "ByteLevel");
    ObjectNode model = json.putObject("model").put("type", "BPE").putNull("dropout");
    model.set("vocab", JSON.readTree(other.resolve("vocab.json").toFile()));
    Files.readAllLines(other.resolve("merges.txt")).stream()
        .skip(1)
        .forEach(
            line ->
                model
                    .withArray("merges")
                    .addArray()
                    .add(line.split(" ", -1)[0])
                    .add(line.split(" ", -1)[1]));
    Files.writeString(directory.resolve("tokenizer.json"), json.toString());
    return directory;
  }

  private Path directory(String name, Gpt2Config config, boolean tied) throws IOException {
    Path directory = Files.createDirectories(root.resolve(name));
    ObjectNode json =
        JSON.createObjectNode()
            .put("model_type", "gpt2")
            .put("activation_function", "gelu_new")
            .put("n_layer", config.nLayer())
            .put("n_head", config.nHead())
            .put("n_embd", config.nEmbd())
            .put("n_positions", config.nPositions())
            .put("vocab_size", config.vocabSize())
            .put("layer_norm_epsilon", config.layerNormEpsilon())
            .put("tie_word_embeddings", tied);
    Files.writeString(directory.resolve("config.json"), json.toPrettyString());
    return directory;
  }

  private static List<Part> parts(Gpt2Config config, String dtype, String prefix, boolean tied) {
    Random random = new Random(1);
    List<Part> parts = new ArrayList<>();
    for (Map.Entry<String, List<Integer>> tensor : Gpt2Weights.shapes(config).entrySet()) {
      boolean head = tensor.getKey().equals("lm_head.weight");
      if (!head || !tied) {
        byte[] bytes =
            new byte
                [tensor.getValue().stream().reduce(1, Math::multiplyExact)
                    * (dtype.equals("F32") ? 4 : 2)];
        random.nextBytes(bytes);
        parts.add(
            new Part((head ? "" : prefix) + tensor.getKey(), dtype, tensor.getValue(), bytes));
      }
    }
    return parts;
  }

  private static void write(Path file, List<Part> parts, int padding) throws IOException {
    ObjectNode header = JSON.createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (Part part : parts) {
      ObjectNode entry = header.putObject(part.name()).put("dtype", part.dtype());
      part.shape().forEach(entry.putArray("shape")::add);
      entry.putArray("data_offsets").add(data.size()).add(data.size() + part.bytes().length);
      data.writeBytes(part.bytes());
    }
    byte[] json = (header + " ".repeat(padding)).getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES + json.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(json.length).put(json).put(data.toByteArray()).array());
  }
}
