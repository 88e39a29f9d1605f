package dev.lockstep.harness.measurement.fuzz;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.ModelException;
import dev.lockstep.model.Models;
import dev.lockstep.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A model directory of which one file is damaged.
///
/// @param withTokenizer whether vocabulary and merges are there and are looked at as well
record ModelSubject(
    String name, Path directory, String fileName, byte[] original, boolean withTokenizer)
    implements Subject {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final String TEXT = "the the thethe abab ababa aaaa t he 'thes <|endoftext|> 1th";

  /// @param directory with right files
  static ModelSubject of(String name, Path directory, String file) throws IOException {
    return new ModelSubject(
        name,
        directory,
        file,
        Files.readAllBytes(directory.resolve(file)),
        Files.exists(directory.resolve("vocab.json"))
            || Files.exists(directory.resolve("tokenizer.json")));
  }

  @Override
  public boolean accepts(byte[] damaged) throws IOException {
    Files.write(directory.resolve(fileName), damaged);
    try (LoadedModel model = Models.open(directory.toString())) {
      requireConfig(Files.readString(directory.resolve("config.json")), model.config());
      requireWeights(directory, model);
      if (withTokenizer) {
        if (fileName.equals("tokenizer.json")) {
          requireTokenizerJson(damaged, model.tokenizer());
        } else {
          requireTokenizer(directory, model.tokenizer());
        }
      }
      return true;
    } catch (ModelException e) {
      requireOneLine(directory, String.valueOf(e.getMessage()));
      return false;
    }
  }

  private static void requireOneLine(Path directory, String message) {
    boolean line = message.chars().noneMatch(c -> Character.isISOControl(c));
    if (!line || message.length() > 2000 || !message.startsWith(directory.toString())) {
      throw new AssertionError("not a line that begins with the file: " + message);
    }
  }

  private static void requireConfig(String text, Gpt2Config config) throws IOException {
    JsonNode root = JSON.readTree(text.replaceFirst("^\uFEFF", ""));
    Gpt2Config said =
        new Gpt2Config(
            root.path("n_layer").intValue(),
            root.path("n_head").intValue(),
            root.path("n_embd").intValue(),
            root.path("n_positions").asInt(root.path("n_ctx").intValue()),
            root.path("vocab_size").intValue(),
            root.path("layer_norm_epsilon").asDouble(1e-5));
    if (!said.equals(config)) {
      throw new AssertionError("the file says %s, the model %s".formatted(said, config));
    }
  }

  private static void requireWeights(Path directory, LoadedModel model) throws IOException {
    Map<String, int[]> said = new HashMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
        said.putAll(PlainCheckpoint.read(Files.readAllBytes(file)));
      }
    }
    said.forEach(
        (name, bits) -> {
          boolean tiedHead = name.equals("lm_head.weight") && model.weights().isTied();
          float[] values = model.weights().tensor(tiedHead ? "wte.weight" : name).toArray();
          int[] loaded =
              IntStream.range(0, values.length)
                  .map(i -> Float.floatToRawIntBits(values[i]))
                  .toArray();
          if (!Arrays.equals(bits, loaded)) {
            throw new AssertionError("tensor %s is not what the file says".formatted(name));
          }
        });
  }

  /// Where the file still says what it said around the vocabulary, it is the vocabulary's BPE.
  /// Where it says something else, the ids are at least the model's. (What else it may say is the
  /// affair of the reference in Python.)
  private void requireTokenizerJson(byte[] damaged, Tokenizer tokenizer) throws IOException {
    ObjectNode said = (ObjectNode) JSON.readTree(damaged);
    ObjectNode before = (ObjectNode) JSON.readTree(original);
    JsonNode vocabulary = settings(said);
    settings(before);
    if (said.equals(before)) {
      requireTokenizer(new PlainBpe(vocabulary), tokenizer);
    } else {
      tokenizer.decode(tokenizer.encode(TEXT));
      tokenizer.decode(tokenizer.encodeWithSpecialTokens(TEXT));
    }
  }

  /// Takes the words and the merges out of the model.
  private static JsonNode settings(ObjectNode json) {
    JsonNode vocabulary = json.get("model").deepCopy();
    ((ObjectNode) json.get("model")).remove(List.of("vocab", "merges"));
    return vocabulary;
  }

  private static void requireTokenizer(Path directory, Tokenizer tokenizer) throws IOException {
    requireTokenizer(
        new PlainBpe(
            Files.readAllBytes(directory.resolve("vocab.json")),
            Files.readAllBytes(directory.resolve("merges.txt"))),
        tokenizer);
  }

  private static void requireTokenizer(PlainBpe plain, Tokenizer tokenizer) {
    int[] ids = tokenizer.encode(TEXT);
    List<Integer> loaded = Arrays.stream(ids).boxed().toList();
    if (!plain.encode(TEXT).equals(loaded)) {
      throw new AssertionError(
          "the files encode to %s, the tokenizer to %s".formatted(plain.encode(TEXT), loaded));
    }
    byte[] bytes = TEXT.getBytes(StandardCharsets.UTF_8);
    if (!Arrays.equals(bytes, tokenizer.decodeToBytes(ids))) {
      throw new AssertionError("the tokenizer does not decode what it encodes");
    }
  }
}
