package dev.lockstep.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.format.StrictJson;
import dev.lockstep.model.tokenizer.BytePairTokenizer.Merge;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads `tokenizer.json`, the file of Hugging Face's tokenizers library, where it describes a
/// byte-level BPE. What it asks for and is not done here is refused by name.
///
/// Words and merges are read token by token; the rest is small and becomes a tree.
final class TokenizerJson {
  static final String NAME = "tokenizer.json";

  private static final ObjectMapper TREES = new ObjectMapper();

  private final Path file;
  private final Map<String, JsonNode> components = new HashMap<>();
  private @Nullable Map<String, Integer> ids;
  private @Nullable List<Merge> merges;
  private boolean ignoresMerges;

  private TokenizerJson(Path file) {
    this.file = file;
  }

  /// @param components the fields beside the model, by name
  record Content(Path file, BpeModel model, Map<String, JsonNode> components) {
    /// The field, or a missing node.
    JsonNode component(String name) {
      JsonNode node = components.get(name);
      return node == null ? TREES.missingNode() : node;
    }
  }

  /// @throws FormatException if it is malformed or not a BPE that is done here
  static Content read(Path file) {
    return StrictJson.parse(
        file, VocabularyFiles.MAX_BYTES, parser -> new TokenizerJson(file).read(parser));
  }

  private Content read(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw refuse("is not a JSON object");
    }
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (!name.equals("model")) {
        components.put(name, TREES.readTree(parser));
      } else if (value == JsonToken.START_OBJECT) {
        readModel(parser);
      } else {
        throw refuse("has a model that is not an object");
      }
    }
    JsonNode version = components.get("version");
    if (version != null && !version.asText().equals("1.0")) {
      throw refuse("is of version %s; 1.0 is read".formatted(version));
    }
    if (ids == null || merges == null) {
      throw refuse("has no model with vocab and merges, as a BPE has");
    }
    return new Content(file, new BpeModel(file, file, ids, merges, ignoresMerges), components);
  }

  private void readModel(JsonParser parser) throws IOException {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (name.equals("vocab") && value == JsonToken.START_OBJECT) {
        ids = VocabularyFiles.idsOfWords(file, parser);
      } else if (name.equals("merges") && value == JsonToken.START_ARRAY) {
        merges = merges(parser);
      } else {
        requireSetting(name, TREES.readTree(parser));
      }
    }
  }

  private void requireSetting(String name, JsonNode value) {
    switch (name) {
      case "type" -> {
        if (!value.asText().equals("BPE")) {
          throw refuse("has a model of type %s; only BPE is read".formatted(value));
        }
      }
      case "ignore_merges" -> ignoresMerges = JsonSettings.flag(file, "model.ignore_merges", value);
      case "unk_token", "fuse_unk" -> {
        // Every byte is a word, so that nothing is unknown.
      }
      case "vocab", "merges" ->
          throw refuse("has a model.%s that is not as a BPE has it".formatted(name));
      default -> JsonSettings.requireNoEffect(file, "model." + name, value);
    }
  }

  /// Merges are texts with a space, or in newer files arrays of two texts.
  private List<Merge> merges(JsonParser parser) throws IOException {
    List<Merge> list = new ArrayList<>();
    for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
      String place = String.format(Locale.ROOT, "model.merges[%d]", i);
      if (parser.currentToken() == JsonToken.START_ARRAY) {
        String left = parser.nextTextValue();
        String right = left == null ? null : parser.nextTextValue();
        if (left == null || right == null || parser.nextToken() != JsonToken.END_ARRAY) {
          throw refuse(place + " is not an array of two texts");
        }
        list.add(new Merge(left, right));
      } else if (parser.currentToken() == JsonToken.VALUE_STRING) {
        String line = parser.getText();
        if (i > 0 || !VocabularyFiles.isVersion(line)) {
          list.add(VocabularyFiles.merge(file, place, line));
        }
      } else {
        throw refuse(place + " is neither a text nor an array of two");
      }
    }
    return list;
  }

  private FormatException refuse(String problem) {
    return new FormatException(file, problem);
  }
}
