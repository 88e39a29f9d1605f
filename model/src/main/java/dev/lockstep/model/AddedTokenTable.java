package dev.lockstep.model;

import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.tokenizer.AddedToken;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The added tokens of a tokenizer, gathered from its files.
///
/// A token that is a word of the vocabulary has the word's id; the others follow the vocabulary, in
/// order and without a gap. Hugging Face's fast tokenizers number them so whatever id a file names,
/// and the slow ones believe the file; where the two differ, a file is refused.
final class AddedTokenTable {
  private final Map<String, Integer> words;
  private final int vocabSize;
  private final Map<String, AddedToken> tokens = new LinkedHashMap<>();
  private int next;

  /// @param words of the vocabulary, with the ids 0 to n − 1
  AddedTokenTable(Map<String, Integer> words, int vocabSize) {
    this.words = words;
    this.vocabSize = vocabSize;
    next = words.size();
  }

  Collection<AddedToken> tokens() {
    return tokens.values();
  }

  @Nullable AddedToken get(String content) {
    return tokens.get(content);
  }

  /// The id of an added token or a word, or null if it is neither.
  @Nullable Integer idOf(String content) {
    AddedToken token = tokens.get(content);
    return token == null ? words.get(content) : Integer.valueOf(token.id());
  }

  /// Adds a token, or gives a known one other flags.
  ///
  /// @throws FormatException if it cannot have this id
  void put(Path file, AddedToken token) {
    String content = token.content();
    if (content.isEmpty()) {
      throw refuse(file, "has an added token without text (id %d)", token.id());
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(content)) {
      throw refuse(file, "has an added token '%s' with half a character", content);
    }
    if (token.id() < 0 || token.id() >= vocabSize) {
      throw refuse(
          file,
          "gives '%s' the id %d where config.json has vocab_size %d",
          content,
          token.id(),
          vocabSize);
    }
    Integer known = idOf(content);
    if (known != null && known != token.id()) {
      throw refuse(
          file, "gives '%s' the id %d, but its id is %d already", content, token.id(), known);
    }
    if (known == null && token.id() != next) {
      throw refuse(
          file,
          "gives '%s' the id %d: an added token that is no word of the vocabulary must have the next free id, %d",
          content,
          token.id(),
          next);
    }
    next = Math.max(next, token.id() + 1);
    tokens.put(content, token);
  }

  /// Makes a token special that a file names as such without an id. One that is new gets the next
  /// id, as Hugging Face's tokenizers give it; if the model has no room for it, there is no such
  /// token.
  ///
  /// @param token whose id is of no meaning
  void declareSpecial(AddedToken token) {
    AddedToken known = tokens.get(token.content());
    if (known != null) {
      tokens.put(token.content(), known.asSpecial());
      return;
    }
    Integer word = words.get(token.content());
    int id = word == null ? next : word;
    if (!token.content().isEmpty() && id < vocabSize) {
      next = Math.max(next, id + 1);
      tokens.put(
          token.content(),
          new AddedToken(
              token.content(),
              id,
              true,
              token.singleWord(),
              token.lstrip(),
              token.rstrip(),
              token.normalized()));
    }
  }

  private static FormatException refuse(Path file, String problem, Object... values) {
    return new FormatException(file, String.format(Locale.ROOT, problem, values));
  }
}
