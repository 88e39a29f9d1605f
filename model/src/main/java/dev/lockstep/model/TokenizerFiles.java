package dev.lockstep.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.format.StrictJson;
import dev.lockstep.tokenizer.BytePairTokenizer;
import dev.lockstep.tokenizer.BytePairTokenizer.Merge;
import dev.lockstep.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Reads `vocab.json` and `merges.txt`.
final class TokenizerFiles {
  static final String VOCABULARY = "vocab.json";
  static final String MERGES = "merges.txt";
  static final long MAX_BYTES = 64 << 20;

  private TokenizerFiles() {}

  static boolean presentIn(Path directory) {
    return Files.exists(directory.resolve(VOCABULARY)) && Files.exists(directory.resolve(MERGES));
  }

  /// @param vocabSize the config's
  /// @throws FormatException if a file is malformed, or they do not fit together or the model
  static Tokenizer read(Path directory, int vocabSize) {
    Path vocabulary = directory.resolve(VOCABULARY);
    Path merges = directory.resolve(MERGES);
    List<String> words = words(vocabulary, vocabSize);
    List<Merge> pairs = merges(merges, words.size());
    try {
      return new BytePairTokenizer(words, pairs, vocabSize);
    } catch (IllegalArgumentException e) {
      String problem = String.valueOf(e.getMessage());
      throw new FormatException(problem.startsWith("merge") ? merges : vocabulary, problem, e);
    }
  }

  /// The vocabulary's words by id. Ids are 0 to n − 1, each once.
  private static List<String> words(Path file, int vocabSize) {
    Map<String, Integer> ids =
        StrictJson.parse(file, MAX_BYTES, parser -> idsOfWords(file, parser));
    if (ids.size() > vocabSize) {
      throw new FormatException(
          file,
          String.format(
              Locale.ROOT,
              "has %d words where config.json has vocab_size %d",
              ids.size(),
              vocabSize));
    }
    String[] words = new String[ids.size()];
    ids.forEach(
        (word, id) -> {
          if (id < 0 || id >= words.length) {
            throw new FormatException(
                file,
                String.format(
                    Locale.ROOT,
                    "gives '%s' the id %d: ids must run from 0 to %d without a gap",
                    word,
                    id,
                    words.length - 1));
          }
          if (words[id] != null) {
            throw new FormatException(
                file,
                String.format(
                    Locale.ROOT, "gives the id %d to both '%s' and '%s'", id, words[id], word));
          }
          words[id] = word;
        });
    return Arrays.asList(words);
  }

  private static Map<String, Integer> idsOfWords(Path file, JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new FormatException(file, "is not a JSON object");
    }
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

  /// A merge per line, two words with one space between; the first line may be a `#version`
  /// comment.
  private static List<Merge> merges(Path file, int vocabularyWords) {
    StrictJson.requireSize(file, MAX_BYTES);
    List<String> lines;
    try {
      lines = Files.readString(file, StandardCharsets.UTF_8).lines().toList();
    } catch (CharacterCodingException e) {
      throw new FormatException(file, "is not valid UTF-8", e);
    } catch (IOException e) {
      throw new FormatException(file, "cannot be read: " + e.getMessage(), e);
    }
    List<Merge> merges = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isEmpty() || (i == 0 && line.startsWith("#version"))) {
        continue;
      }
      int space = line.indexOf(' ');
      if (space <= 0 || space == line.length() - 1 || line.indexOf(' ', space + 1) >= 0) {
        throw new FormatException(
            file,
            String.format(
                Locale.ROOT, "line %d is '%s': it must be two symbols and a space", i + 1, line));
      }
      if (merges.size() == vocabularyWords) {
        throw new FormatException(
            file,
            String.format(
                Locale.ROOT, "has more merges than the vocabulary has words, %d", vocabularyWords));
      }
      merges.add(new Merge(line.substring(0, space), line.substring(space + 1)));
    }
    return merges;
  }
}
