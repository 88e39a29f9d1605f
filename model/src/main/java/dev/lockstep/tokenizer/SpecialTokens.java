package dev.lockstep.tokenizer;

import java.util.function.Function;
import java.util.stream.IntStream;

/// Encodes text around the occurrences of a special token.
final class SpecialTokens {
  private SpecialTokens() {}

  /// Each occurrence of `special` becomes `id`; what lies between is encoded on its own.
  static int[] encode(String text, String special, int id, Function<String, int[]> ordinary) {
    IntStream.Builder ids = IntStream.builder();
    int start = 0;
    for (int at = text.indexOf(special); at >= 0; at = text.indexOf(special, start)) {
      IntStream.of(ordinary.apply(text.substring(start, at))).forEach(ids::add);
      ids.add(id);
      start = at + special.length();
    }
    IntStream.of(ordinary.apply(text.substring(start))).forEach(ids::add);
    return ids.build().toArray();
  }
}
