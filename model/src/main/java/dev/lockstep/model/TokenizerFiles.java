package dev.lockstep.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.model.TokenizerComponents.Frame;
import dev.lockstep.model.TokenizerComponents.Splitting;
import dev.lockstep.model.TokenizerJson.Content;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.tokenizer.BytePairTokenizer;
import dev.lockstep.model.tokenizer.BytePairTokenizer.Rules;
import dev.lockstep.model.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Reads a model's tokenizer: `tokenizer.json`, else `vocab.json` and `merges.txt`, and beside them
/// what [TokenizerConfig] reads.
///
/// `tokenizer.json` wins over the other two, as it does in Hugging Face's fast tokenizers, and
/// `tokenizer_config.json` over `tokenizer.json`. Where they say different things a note says which
/// was followed.
final class TokenizerFiles {
  private final Path directory;
  private final int vocabSize;
  private final TokenizerConfig config;
  private final List<String> notes = new ArrayList<>();

  private TokenizerFiles(Path directory, int vocabSize) {
    this.directory = directory;
    this.vocabSize = vocabSize;
    config = TokenizerConfig.in(directory);
  }

  static boolean presentIn(Path directory) {
    return Files.exists(directory.resolve(TokenizerJson.NAME))
        || VocabularyFiles.presentIn(directory);
  }

  /// @param vocabSize the config's
  /// @throws FormatException if a file is malformed, or they do not fit together or the model, or
  ///     ask
  ///     for what is not supported
  static Tokenizer read(Path directory, int vocabSize) {
    return new TokenizerFiles(directory, vocabSize).read();
  }

  private Tokenizer read() {
    config.requireNoEosToken();
    Path file = directory.resolve(TokenizerJson.NAME);
    if (Files.exists(file)) {
      return fromTokenizerJson(TokenizerJson.read(file));
    }
    config.requireGpt2Class();
    BpeModel model = VocabularyFiles.read(directory);
    List<String> words = model.words(vocabSize);
    AddedTokenTable table = new AddedTokenTable(model.ids(), vocabSize);
    notes.addAll(config.addTo(table, true));
    Boolean bos = config.addBosToken();
    List<Integer> before = bos != null && bos ? List.of(config.bosTokenId(table)) : List.of();
    boolean addPrefixSpace = Boolean.TRUE.equals(config.addPrefixSpace());
    return tokenizer(
        model, words, table, new Rules(addPrefixSpace, true, false, before, List.of(), notes));
  }

  private Tokenizer fromTokenizerJson(Content json) {
    TokenizerComponents components = new TokenizerComponents(json.file(), vocabSize);
    components.requireNoNormalizer(json.component("normalizer"));
    components.requireByteLevelDecoder(json.component("decoder"));
    Splitting splitting = components.splitting(json.component("pre_tokenizer"));
    Frame frame = components.frame(json.component("post_processor"));
    for (String name : List.of("truncation", "padding")) {
      if (!JsonSettings.hasNoEffect(json.component(name))) {
        notes.add("%s: its %s is not applied".formatted(json.file(), name));
      }
    }
    List<String> words = json.model().words(vocabSize);
    AddedTokenTable table = new AddedTokenTable(json.model().ids(), vocabSize);
    addTokens(json, table);
    notes.addAll(config.addTo(table, false));
    compareVocabulary(json.model(), table);
    return tokenizer(
        json.model(),
        words,
        table,
        new Rules(
            addPrefixSpace(json.file(), splitting),
            splitting.splits(),
            json.model().ignoresMerges(),
            before(json.file(), frame, table),
            frame.after(),
            notes));
  }

  private static void addTokens(Content json, AddedTokenTable table) {
    JsonNode tokens = json.component("added_tokens");
    if (!tokens.isArray() && !JsonSettings.hasNoEffect(tokens)) {
      throw new FormatException(json.file(), "added_tokens is not an array");
    }
    for (JsonNode node : tokens) {
      JsonNode id = node.path("id");
      if (!id.isInt()) {
        throw new FormatException(
            json.file(),
            "has an added token with the id %s, not an integer"
                .formatted(id.isMissingNode() ? "missing" : id));
      }
      table.put(json.file(), TokenizerConfig.flags(json.file(), node, id.intValue()));
    }
  }

  private boolean addPrefixSpace(Path file, Splitting splitting) {
    Boolean asked = config.addPrefixSpace();
    if (asked != null && asked != splitting.addPrefixSpace()) {
      notes.add(
          "%s says add_prefix_space %s and is followed; %s says %s"
              .formatted(
                  directory.resolve(TokenizerConfig.NAME),
                  asked,
                  file,
                  splitting.addPrefixSpace()));
      return asked;
    }
    return splitting.addPrefixSpace();
  }

  private List<Integer> before(Path file, Frame frame, AddedTokenTable table) {
    Boolean asked = config.addBosToken();
    if (asked == null || asked != frame.before().isEmpty()) {
      return frame.before();
    }
    Path other = directory.resolve(TokenizerConfig.NAME);
    if (asked) {
      notes.add(
          "%s says add_bos_token true and is followed; the post_processor of %s adds no token"
              .formatted(other, file));
      return List.of(config.bosTokenId(table));
    }
    notes.add(
        "the post_processor of %s adds a token to the beginning and is followed; %s says add_bos_token false"
            .formatted(file, other));
    return frame.before();
  }

  /// The files that `tokenizer.json` takes the place of may be older or newer than it.
  private void compareVocabulary(BpeModel used, AddedTokenTable table) {
    if (!VocabularyFiles.presentIn(directory)) {
      return;
    }
    String difference;
    try {
      BpeModel other = VocabularyFiles.read(directory);
      difference = difference(used, other, table);
    } catch (FormatException e) {
      difference = String.valueOf(e.getMessage());
    }
    if (difference != null) {
      notes.add(
          "%s is followed, but %s and %s beside it say something else: %s"
              .formatted(
                  used.vocabularyFile(),
                  VocabularyFiles.VOCABULARY,
                  VocabularyFiles.MERGES,
                  difference));
    }
  }

  private static @Nullable String difference(BpeModel used, BpeModel other, AddedTokenTable table) {
    for (Map.Entry<String, Integer> word : other.ids().entrySet()) {
      if (!word.getValue().equals(table.idOf(word.getKey()))) {
        return "the id of '%s' is %s there and %s in it"
            .formatted(
                word.getKey(),
                word.getValue(),
                Objects.requireNonNullElse(table.idOf(word.getKey()), "missing"));
      }
    }
    for (String word : used.ids().keySet()) {
      if (!other.ids().containsKey(word) && table.get(word) == null) {
        return "they lack '%s'".formatted(word);
      }
    }
    return used.merges().equals(other.merges()) ? null : "their merges differ";
  }

  private Tokenizer tokenizer(
      BpeModel model, List<String> words, AddedTokenTable table, Rules rules) {
    try {
      return new BytePairTokenizer(
          words, model.merges(), List.copyOf(table.tokens()), rules, vocabSize);
    } catch (IllegalArgumentException e) {
      String problem = String.valueOf(e.getMessage());
      throw new FormatException(
          problem.startsWith("merge") ? model.mergesFile() : model.vocabularyFile(), problem, e);
    }
  }
}
