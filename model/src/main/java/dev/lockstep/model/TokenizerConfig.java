package dev.lockstep.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.format.StrictJson;
import dev.lockstep.model.tokenizer.AddedToken;
import dev.lockstep.model.tokenizer.BytePairTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Reads what transformers writes beside a vocabulary: `tokenizer_config.json`,
/// `special_tokens_map.json` and `added_tokens.json`. Each may be missing.
///
/// As in transformers, `added_tokens_decoder` of the first takes the place of the other two.
final class TokenizerConfig {
  static final String NAME = "tokenizer_config.json";
  static final String SPECIAL_TOKENS_MAP = "special_tokens_map.json";
  static final String ADDED_TOKENS = "added_tokens.json";

  private static final String DECODER = "added_tokens_decoder";

  /// The names of special tokens, in the order in which transformers adds those that are new.
  private static final List<String> SINGLE_NAMES =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  private static final List<String> LIST_NAMES =
      List.of("additional_special_tokens", "extra_special_tokens");

  /// Those that are `<|endoftext|>` in GPT-2's class where nothing is said of them.
  private static final Set<String> DEFAULT_NAMES = Set.of("bos_token", "eos_token", "unk_token");

  /// Classes of transformers that read a vocabulary as GPT-2's does.
  private static final Set<String> GPT2_CLASSES = Set.of("GPT2Tokenizer", "GPT2TokenizerFast");

  private static final Set<String> GENERAL_CLASSES =
      Set.of("PreTrainedTokenizerFast", "TokenizersBackend");

  private final Path file;
  private final Path mapFile;
  private final Path addedFile;
  private final JsonNode config;
  private final JsonNode map;
  private final @Nullable String tokenizerClass;
  private final Path classFile;

  private TokenizerConfig(Path directory) {
    file = directory.resolve(NAME);
    mapFile = directory.resolve(SPECIAL_TOKENS_MAP);
    addedFile = directory.resolve(ADDED_TOKENS);
    config = readIfPresent(file);
    map = config.has(DECODER) ? MissingNode.getInstance() : readIfPresent(mapFile);
    Path modelConfig = directory.resolve("config.json");
    JsonNode own = config.path("tokenizer_class");
    classFile = own.isTextual() ? file : modelConfig;
    JsonNode name = own.isTextual() ? own : readIfPresent(modelConfig);
    name = name.isTextual() ? name : name.path("tokenizer_class");
    tokenizerClass = name.isTextual() ? name.textValue() : null;
  }

  /// @throws FormatException if one of the files is malformed
  static TokenizerConfig in(Path directory) {
    return new TokenizerConfig(directory);
  }

  private static JsonNode readIfPresent(Path file) {
    return Files.exists(file)
        ? StrictJson.readObject(file, VocabularyFiles.MAX_BYTES)
        : MissingNode.getInstance();
  }

  /// Whether a text begins with a space, or null if that is not said.
  @Nullable Boolean addPrefixSpace() {
    return JsonSettings.optionalFlag(file, "add_prefix_space", config.path("add_prefix_space"));
  }

  /// Whether a text begins with the BOS token, or null if that is not said.
  @Nullable Boolean addBosToken() {
    return JsonSettings.optionalFlag(file, "add_bos_token", config.path("add_bos_token"));
  }

  void requireNoEosToken() {
    JsonSettings.requireNoEffect(file, "add_eos_token", config.path("add_eos_token"));
  }

  /// Refuses a class that makes something else of `vocab.json` and `merges.txt`.
  void requireGpt2Class() {
    if (tokenizerClass != null
        && !GPT2_CLASSES.contains(tokenizerClass)
        && !GENERAL_CLASSES.contains(tokenizerClass)) {
      throw new FormatException(
          classFile,
          "tokenizer_class is '%s': only GPT2Tokenizer is read from vocab.json and merges.txt; give prompts as token ids"
              .formatted(tokenizerClass));
    }
  }

  /// The id of the BOS token.
  ///
  /// @throws FormatException if there is none
  int bosTokenId(AddedTokenTable table) {
    String content = content("bos_token");
    Integer id = content == null ? null : table.idOf(content);
    if (id == null) {
      throw new FormatException(
          file,
          "add_bos_token is true, but bos_token is %s"
              .formatted(
                  content == null ? "not given" : "'%s', which has no id".formatted(content)));
    }
    return id;
  }

  /// Adds what these files say to the tokens of `tokenizer.json`, if there is one.
  ///
  /// @param alone whether there is none
  /// @return notes on what is passed over
  List<String> addTo(AddedTokenTable table, boolean alone) {
    Set<String> special = specialContents();
    List<String> notes = new ArrayList<>();
    if (config.has(DECODER)) {
      byId(file, config.path(DECODER))
          .forEach((id, node) -> table.put(file, flags(file, node, id)));
      compareAddedTokens(table, notes);
    } else {
      TreeMap<Integer, String> added = new TreeMap<>();
      readIfPresent(addedFile)
          .properties()
          .forEach(entry -> add(added, entry.getKey(), entry.getValue()));
      added.forEach(
          (id, content) -> {
            if (table.get(content) == null) {
              boolean isSpecial = special.contains(content);
              table.put(
                  addedFile,
                  new AddedToken(content, id, isSpecial, false, false, false, !isSpecial));
            }
          });
    }
    declareSpecial(table, alone);
    return notes;
  }

  /// Where both lists are there the older one has nothing to say, but may say something else.
  private void compareAddedTokens(AddedTokenTable table, List<String> notes) {
    for (var entry : readIfPresent(addedFile).properties()) {
      Integer id = table.idOf(entry.getKey());
      if (id == null || id != entry.getValue().asInt(-1)) {
        notes.add(
            "%s is not used, since %s has %s; they disagree about '%s'"
                .formatted(addedFile, NAME, DECODER, entry.getKey()));
        return;
      }
    }
  }

  private void add(TreeMap<Integer, String> added, String content, JsonNode id) {
    if (!id.isInt()) {
      throw new FormatException(
          addedFile, "gives '%s' the id %s, not an integer".formatted(content, id));
    }
    String other = added.put(id.intValue(), content);
    if (other != null) {
      throw new FormatException(
          addedFile, "gives the id %s to both '%s' and '%s'".formatted(id, other, content));
    }
  }

  private static TreeMap<Integer, JsonNode> byId(Path file, JsonNode decoder) {
    TreeMap<Integer, JsonNode> tokens = new TreeMap<>();
    if (!decoder.isObject()) {
      throw new FormatException(file, DECODER + " is not an object");
    }
    for (var entry : decoder.properties()) {
      try {
        tokens.put(Integer.parseInt(entry.getKey()), entry.getValue());
      } catch (NumberFormatException e) {
        throw new FormatException(
            file, "%s has the key '%s', not an id".formatted(DECODER, entry.getKey()), e);
      }
    }
    return tokens;
  }

  /// A token as `tokenizer.json` and `added_tokens_decoder` write it.
  static AddedToken flags(Path file, JsonNode node, int id) {
    if (!node.path("content").isTextual()) {
      throw new FormatException(
          file, String.format(Locale.ROOT, "has an added token without content (id %d)", id));
    }
    String content = node.path("content").textValue();
    boolean special = flag(file, node, content, "special");
    JsonNode normalized = node.path("normalized");
    return new AddedToken(
        content,
        id,
        special,
        flag(file, node, content, "single_word"),
        flag(file, node, content, "lstrip"),
        flag(file, node, content, "rstrip"),
        normalized.isMissingNode() ? !special : flag(file, node, content, "normalized"));
  }

  private static boolean flag(Path file, JsonNode node, String content, String name) {
    return JsonSettings.flag(
        file, "added token '%s': %s".formatted(content, name), node.path(name));
  }

  private void declareSpecial(AddedTokenTable table, boolean alone) {
    for (String name : SINGLE_NAMES) {
      JsonNode node = node(name);
      String content = content(name);
      if (content != null && node.isObject()) {
        table.declareSpecial(flags(file(name), node, 0).asSpecial());
      } else if (content != null) {
        // The slow class, which transformers asks where there is no tokenizer.json, makes these so.
        table.declareSpecial(new AddedToken(content, 0, true, false, false, false, alone));
      }
    }
    for (String name : LIST_NAMES) {
      for (JsonNode node : list(name)) {
        table.declareSpecial(
            node.isObject()
                ? flags(file(name), node, 0).asSpecial()
                : AddedToken.special(contentOf(name, node), 0));
      }
    }
  }

  private Set<String> specialContents() {
    Set<String> contents = new LinkedHashSet<>();
    for (String name : SINGLE_NAMES) {
      String content = content(name);
      if (content != null) {
        contents.add(content);
      }
    }
    LIST_NAMES.forEach(name -> list(name).forEach(node -> contents.add(contentOf(name, node))));
    return contents;
  }

  private @Nullable String content(String name) {
    JsonNode node = node(name);
    if (node.isMissingNode()) {
      boolean gpt2 = tokenizerClass == null || GPT2_CLASSES.contains(tokenizerClass);
      return gpt2 && DEFAULT_NAMES.contains(name) ? BytePairTokenizer.END_OF_TEXT : null;
    }
    return node.isNull() ? null : contentOf(name, node);
  }

  private List<JsonNode> list(String name) {
    List<JsonNode> nodes = new ArrayList<>();
    node(name).forEach(nodes::add);
    return nodes;
  }

  private String contentOf(String name, JsonNode node) {
    JsonNode content = node.isObject() ? node.path("content") : node;
    if (!content.isTextual()) {
      throw new FormatException(file(name), "%s is %s, not a token".formatted(name, node));
    }
    return content.textValue();
  }

  private JsonNode node(String name) {
    return map.has(name) ? map.path(name) : config.path(name);
  }

  private Path file(String name) {
    return map.has(name) ? mapFile : file;
  }
}
