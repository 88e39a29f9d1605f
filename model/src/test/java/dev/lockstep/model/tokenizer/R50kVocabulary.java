package dev.lockstep.model.tokenizer;

import com.knuddels.jtokkit.api.EncodingType;
import dev.lockstep.model.tokenizer.BytePairTokenizer.Merge;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// GPT-2's vocabulary and merges, derived from the ranks that JTokkit ships.
///
/// A rank list holds the merged words only. Word `r` was made by the merge that joined its last two
/// parts, and those are what BPE with the ranks below `r` leaves of it.
final class R50kVocabulary {
  private final List<String> words = new ArrayList<>();
  private final List<Merge> merges = new ArrayList<>();

  private R50kVocabulary() {}

  static R50kVocabulary derive() {
    R50kVocabulary vocabulary = new R50kVocabulary();
    Map<String, Integer> rankOfWord = new HashMap<>();
    for (byte[] bytes : ranks()) {
      String word = ByteAlphabet.write(bytes);
      rankOfWord.put(word, vocabulary.words.size());
      vocabulary.words.add(word);
      if (word.length() > 1) {
        vocabulary.merges.add(lastMerge(word, rankOfWord));
      }
    }
    vocabulary.words.add(BytePairTokenizer.END_OF_TEXT);
    return vocabulary;
  }

  private static List<byte[]> ranks() {
    String resource = "/com/knuddels/jtokkit/r50k_base.tiktoken";
    try (InputStream in = EncodingType.class.getResourceAsStream(resource);
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(
                    java.util.Objects.requireNonNull(in), StandardCharsets.US_ASCII))) {
      return lines
          .lines()
          .map(line -> Base64.getDecoder().decode(line.substring(0, line.indexOf(' '))))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Merge lastMerge(String word, Map<String, Integer> rankOfWord) {
    int rank = rankOfWord.getOrDefault(word, -1);
    List<String> parts = new ArrayList<>(word.chars().mapToObj(Character::toString).toList());
    while (parts.size() > 2) {
      int best = -1;
      int bestRank = rank;
      for (int i = 0; i + 1 < parts.size(); i++) {
        int pairRank = rankOfWord.getOrDefault(parts.get(i) + parts.get(i + 1), Integer.MAX_VALUE);
        if (pairRank < bestRank) {
          best = i;
          bestRank = pairRank;
        }
      }
      parts.set(best, parts.get(best) + parts.remove(best + 1));
    }
    return new Merge(parts.get(0), parts.get(1));
  }

  List<String> words() {
    return words;
  }

  List<Merge> merges() {
    return merges;
  }

  BytePairTokenizer tokenizer() {
    return new BytePairTokenizer(words, merges, words.size());
  }
}
