package dev.lockstep.harness.measurement.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// GPT-2's `encoder.py`, transcribed: the regular expression, and the loop that looks for the best
/// pair afresh after each round of merging. For ASCII text.
final class PlainBpe {
  private static final Pattern PIECES =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

  private final Map<String, Integer> idOfWord = new HashMap<>();
  private final Map<List<String>, Integer> rankOfPair = new HashMap<>();

  /// @param model of a `tokenizer.json`
  PlainBpe(JsonNode model) {
    addWords(model.get("vocab"));
    for (JsonNode merge : model.get("merges")) {
      List<String> pair =
          merge.isArray()
              ? List.of(merge.get(0).textValue(), merge.get(1).textValue())
              : List.of(merge.textValue().split(" "));
      // As in the other files, the first line may name the version.
      if (!pair.getFirst().startsWith("#version") || merge.isArray()) {
        rankOfPair.put(pair, rankOfPair.size());
      }
    }
  }

  private void addWords(JsonNode words) {
    words.properties().forEach(word -> idOfWord.put(word.getKey(), word.getValue().intValue()));
  }

  PlainBpe(byte[] vocabulary, byte[] merges) throws IOException {
    // Of bytes, Jackson skips a byte order mark.
    addWords(new ObjectMapper().readTree(vocabulary));
    for (String line : new String(merges, StandardCharsets.UTF_8).split("\r\n|[\r\n]")) {
      if (!line.isEmpty() && !line.startsWith("#version")) {
        rankOfPair.put(List.of(line.split(" ")), rankOfPair.size());
      }
    }
  }

  List<Integer> encode(String text) {
    List<Integer> ids = new ArrayList<>();
    for (Matcher piece = PIECES.matcher(text); piece.find(); ) {
      List<String> word = new ArrayList<>();
      // Of ASCII only the printable characters and the space occur, whose letters these are.
      piece.group().chars().forEach(c -> word.add(c == ' ' ? "Ġ" : Character.toString(c)));
      merge(word).forEach(symbol -> ids.add(idOfWord.get(symbol)));
    }
    return ids;
  }

  private List<String> merge(List<String> word) {
    while (word.size() > 1) {
      List<String> best = null;
      int bestRank = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < word.size(); i++) {
        int rank = rankOfPair.getOrDefault(word.subList(i, i + 2), Integer.MAX_VALUE);
        if (rank < bestRank) {
          best = List.copyOf(word.subList(i, i + 2));
          bestRank = rank;
        }
      }
      if (best == null) {
        return word;
      }
      for (int i = 0; i + 1 < word.size(); i++) {
        if (word.subList(i, i + 2).equals(best)) {
          word.set(i, word.get(i) + word.remove(i + 1));
        }
      }
    }
    return word;
  }
}
