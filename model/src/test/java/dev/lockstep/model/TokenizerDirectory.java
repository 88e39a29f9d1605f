package dev.lockstep.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/// A directory of tokenizer files that a test damages. Its vocabulary is that of the golden file
/// `tokenizers.json`.
final class TokenizerDirectory {
  static final ObjectMapper JSON = new ObjectMapper();
  static final JsonNode GOLDEN = golden();
  static final int VOCAB_SIZE = GOLDEN.get("vocab_size").intValue();
  static final int WORDS = GOLDEN.get("words").size();
  static final int END_OF_TEXT = WORDS - 3;

  private final Path path;

  TokenizerDirectory(Path path) {
    this.path = path;
  }

  private static JsonNode golden() {
    try (InputStream in = TokenizerDirectory.class.getResourceAsStream("tokenizers.json")) {
      return JSON.readTree(Objects.requireNonNull(in));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  Path file(String name) {
    return path.resolve(name);
  }

  Tokenizer read() {
    return TokenizerFiles.read(path, VOCAB_SIZE);
  }

  /// What reading says.
  ///
  /// @return the message of the refusal
  String refusal() {
    try {
      read();
    } catch (FormatException e) {
      return String.valueOf(e.getMessage());
    }
    throw new AssertionError("it is read");
  }

  void write(String name, String text) throws IOException {
    Files.writeString(file(name), text);
  }

  /// `vocab.json` and `merges.txt`.
  void writeVocabulary(String... moreWords) throws IOException {
    write("vocab.json", vocabulary(List.of(moreWords)).toString());
    write("merges.txt", "#version: 0.2\n" + String.join("\n", mergeLines()) + "\n");
  }

  /// A right `tokenizer.json`, changed.
  void writeTokenizerJson(Consumer<ObjectNode> change, String... moreWords) throws IOException {
    ObjectNode json =
        (ObjectNode)
            JSON.readTree(
                """
        {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
         "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},
         "post_processor":{"type":"ByteLevel"},"decoder":{"type":"ByteLevel"},
         "model":{"type":"BPE","dropout":null,"unk_token":null,"fuse_unk":false}}
        """);
    ObjectNode model = (ObjectNode) json.get("model");
    model.set("vocab", vocabulary(List.of(moreWords)));
    model.set("merges", JSON.valueToTree(mergeLines()));
    addToken(json, "<|endoftext|>", END_OF_TEXT).put("special", true);
    change.accept(json);
    write("tokenizer.json", json.toString());
  }

  static ObjectNode addToken(ObjectNode json, String content, int id) {
    return ((ArrayNode) json.get("added_tokens")).addObject().put("id", id).put("content", content);
  }

  static ObjectNode vocabulary(List<String> moreWords) {
    ObjectNode vocabulary = JSON.createObjectNode();
    GOLDEN.get("words").forEach(word -> vocabulary.put(word.textValue(), vocabulary.size()));
    moreWords.forEach(word -> vocabulary.put(word, vocabulary.size()));
    return vocabulary;
  }

  static List<String> mergeLines() {
    return GOLDEN.get("merges").valueStream().map(JsonNode::textValue).toList();
  }
}
