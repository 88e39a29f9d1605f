package dev.lockstep.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.format.StrictJson;
import dev.lockstep.model.tokenizer.BytePairTokenizer.Merge;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Reads `vocab.json` and `merges.txt`, and the same two things where `tokenizer.json` holds them.
final class VocabularyFiles {
  static final String VOCABULARY = "vocab.json";
  static final String MERGES = "merges.txt";
  static final long MAX_BYTES = 64 << 20;

  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private VocabularyFiles() {}

  static boolean presentIn(Path directory) {
    return Files.exists(directory.resolve(VOCABULARY)) && Files.exists(directory.resolve(MERGES));
  }

  /// @throws FormatException if a file is malformed
  static BpeModel read(Path directory) {
    Path vocabulary = directory.resolve(VOCABULARY);
    Path merges = directory.resolve(MERGES);
    Map<String, Integer> ids =
        StrictJson.parse(
            vocabulary,
            MAX_BYTES,
            parser -> {
              if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new FormatException(vocabulary, "is not a JSON object");
              }
              return idsOfWords(vocabulary, parser);
            });
    return new BpeModel(vocabulary, merges, ids, merges(merges), false);
  }

  /// The words of an object whose first token the parser stands at.
  static Map<String, Integer> idsOfWords(Path file, JsonParser parser) throws IOException {
    Map<String, Integer> ids = new HashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String word = parser.currentName();
      if (parser.nextToken() != JsonToken.VALUE_NUMBER_INT) {
        throw new FormatException(file, "gives '%s' an id that is not an integer".formatted(word));
      }
      ids.put(word, parser.getIntValue());
    }
    return ids;
  }

  /// A merge per line; the first line may be a `#version` comment.
  private static List<Merge> merges(Path file) {
    StrictJson.requireSize(file, MAX_BYTES);
    String text;
    try {
      text = Files.readString(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new FormatException(file, "is not valid UTF-8", e);
    } catch (IOException e) {
      throw new FormatException(file, "cannot be read: " + FileProblem.describe(e), e);
    }
    List<String> lines =
        (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text).lines().toList();
    List<Merge> merges = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (!line.isEmpty() && !(i == 0 && isVersion(line))) {
        merges.add(merge(file, "line " + (i + 1), line));
      }
    }
    return merges;
  }

  static boolean isVersion(String line) {
    return line.startsWith("#version");
  }

  /// Two words with one space between.
  ///
  /// @param place where in the file
  static Merge merge(Path file, String place, String line) {
    int space = line.indexOf(' ');
    if (space <= 0 || space == line.length() - 1 || line.indexOf(' ', space + 1) >= 0) {
      throw new FormatException(
          file,
          String.format(
              Locale.ROOT, "%s is '%s': it must be two symbols and a space", place, line));
    }
    return new Merge(line.substring(0, space), line.substring(space + 1));
  }
}
