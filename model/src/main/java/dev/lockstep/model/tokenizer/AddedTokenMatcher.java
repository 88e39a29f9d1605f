package dev.lockstep.model.tokenizer;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds added tokens in a text: leftmost first, of those that begin at one place the longest.
///
/// A token that is found and then not wanted (a special one in ordinary text, or one that must be a
/// word of its own and is not) still takes its characters out of the search, so that no shorter one
/// is found within it. This is how Hugging Face's tokenizers do it (`added_vocabulary.rs`).
final class AddedTokenMatcher {
  private final Map<String, AddedToken> tokens = new HashMap<>();

  /// The lengths of the tokens that begin with a character, longest first. A search tries each once
  /// a place, so it is not slowed down by many tokens of one length.
  private final Map<Character, int[]> lengths = new HashMap<>();

  /// What lies between tokens, and the tokens.
  interface Parts {
    void text(String text);

    void token(AddedToken token);
  }

  AddedTokenMatcher(Collection<AddedToken> tokens) {
    tokens.forEach(token -> this.tokens.put(token.content(), token));
    this.tokens
        .keySet()
        .forEach(
            content ->
                lengths.merge(
                    content.charAt(0), new int[] {content.length()}, AddedTokenMatcher::union));
  }

  private static int[] union(int[] lengths, int[] one) {
    int at = 0;
    while (at < lengths.length && lengths[at] > one[0]) {
      at++;
    }
    if (at < lengths.length && lengths[at] == one[0]) {
      return lengths;
    }
    int[] result = Arrays.copyOf(lengths, lengths.length + 1);
    System.arraycopy(lengths, at, result, at + 1, lengths.length - at);
    result[at] = one[0];
    return result;
  }

  /// @param withSpecial whether special tokens are matched
  void split(String text, boolean withSpecial, Parts parts) {
    int done = 0;
    for (int at = 0; at < text.length(); ) {
      AddedToken token = longestAt(text, at);
      if (token == null) {
        at++;
        continue;
      }
      int end = at + token.content().length();
      if ((withSpecial || !token.special()) && (!token.singleWord() || isAlone(text, at, end))) {
        int from = token.lstrip() ? Math.max(done, startOfSpaceBefore(text, at)) : at;
        if (done < from) {
          parts.text(text.substring(done, from));
        }
        done = token.rstrip() ? endOfSpaceAfter(text, end) : end;
        // A token of whitespace alone may have gone to the one before it.
        if (from < done) {
          parts.token(token);
        }
      }
      at = end;
    }
    if (done < text.length()) {
      parts.text(text.substring(done));
    }
  }

  private @Nullable AddedToken longestAt(String text, int start) {
    int[] candidates = lengths.get(text.charAt(start));
    if (candidates != null) {
      for (int length : candidates) {
        if (start + length <= text.length()) {
          AddedToken token = tokens.get(text.substring(start, start + length));
          if (token != null) {
            return token;
          }
        }
      }
    }
    return null;
  }

  private static boolean isAlone(String text, int start, int end) {
    return (start == 0 || !isOfWord(text.codePointBefore(start)))
        && (end == text.length() || !isOfWord(text.codePointAt(end)));
  }

  /// `\w` as Unicode's Technical Standard 18 has it.
  private static boolean isOfWord(int codePoint) {
    return Character.isAlphabetic(codePoint)
        || switch (Character.getType(codePoint)) {
          case Character.NON_SPACING_MARK,
              Character.COMBINING_SPACING_MARK,
              Character.ENCLOSING_MARK,
              Character.DECIMAL_DIGIT_NUMBER,
              Character.CONNECTOR_PUNCTUATION ->
              true;
          default -> codePoint == 0x200C || codePoint == 0x200D;
        };
  }

  private static int startOfSpaceBefore(String text, int end) {
    int start = end;
    while (start > 0 && PreTokenizer.isSpace(text.charAt(start - 1))) {
      start--;
    }
    return start;
  }

  private static int endOfSpaceAfter(String text, int start) {
    int end = start;
    while (end < text.length() && PreTokenizer.isSpace(text.charAt(end))) {
      end++;
    }
    return end;
  }
}
