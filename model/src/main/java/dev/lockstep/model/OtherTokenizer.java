package dev.lockstep.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// Says what a directory holds in place of a tokenizer that can be read.
final class OtherTokenizer {
  private static final Map<String, String> OTHER_KINDS = new LinkedHashMap<>();

  static {
    OTHER_KINDS.put("vocab.txt", "a WordPiece vocabulary");
    for (String name :
        List.of("tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model")) {
      OTHER_KINDS.put(name, "a SentencePiece model");
    }
  }

  private OtherTokenizer() {}

  /// The reason why there is no tokenizer, and what to do if there is something.
  static String describe(Path directory) {
    List<String> found = new ArrayList<>();
    for (String name :
        List.of(TokenizerJson.NAME, VocabularyFiles.VOCABULARY, VocabularyFiles.MERGES)) {
      Path file = directory.resolve(name);
      if (Files.isSymbolicLink(file) && !Files.exists(file)) {
        found.add(name + " is a broken link");
      } else if (Files.exists(file)) {
        found.add(
            "%s is there, but not %s"
                .formatted(
                    name,
                    name.equals(VocabularyFiles.MERGES)
                        ? VocabularyFiles.VOCABULARY
                        : VocabularyFiles.MERGES));
      }
    }
    if (exists(directory, "encoder.json") && exists(directory, "vocab.bpe")) {
      found.add(
          "OpenAI's encoder.json and vocab.bpe are there: copy them to %s and %s, the names that are read"
              .formatted(VocabularyFiles.VOCABULARY, VocabularyFiles.MERGES));
    }
    OTHER_KINDS.forEach(
        (name, kind) -> {
          if (exists(directory, name)) {
            found.add("%s is there, %s, which is not read".formatted(name, kind));
          }
        });
    for (String name : tiktokenFiles(directory)) {
      found.add("%s is there, ranks for tiktoken, which are not read".formatted(name));
    }
    String missing =
        "%s holds neither %s nor %s with %s"
            .formatted(
                directory, TokenizerJson.NAME, VocabularyFiles.VOCABULARY, VocabularyFiles.MERGES);
    return found.isEmpty() ? missing : missing + "; " + String.join("; ", found);
  }

  private static boolean exists(Path directory, String name) {
    return Files.exists(directory.resolve(name));
  }

  private static List<String> tiktokenFiles(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> Objects.toString(file.getFileName()))
          .filter(name -> name.endsWith(".tiktoken"))
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
