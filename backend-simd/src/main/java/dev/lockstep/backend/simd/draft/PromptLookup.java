package dev.lockstep.backend.simd.draft;

/// Drafts a continuation by looking the last few tokens up in the text so far: what followed them
/// there may follow them here (Saxena 2023, *Prompt Lookup Decoding*). It needs no second model and
/// costs a scan of the text; it pays where text quotes itself.
public final class PromptLookup {
  /// More than seven and the pass that checks them no longer costs about what one token does.
  public static final int MOST = 7;

  private static final int LONGEST_MATCH = 3;
  private static final int SHORTEST_MATCH = 2;

  private PromptLookup() {}

  /// Writes a draft of what follows `text[0 .. length)` to `draft[from ..]`.
  ///
  /// The longest run of last tokens, 3 or 2, that occurs earlier is taken, at its latest
  /// occurrence.
  ///
  /// @param most how many tokens at most
  /// @return how many were written
  public static int propose(int[] text, int length, int[] draft, int from, int most) {
    for (int match = LONGEST_MATCH; match >= SHORTEST_MATCH && most > 0; match--) {
      for (int start = length - match - 1; start >= 0; start--) {
        if (matches(text, start, length - match, match)) {
          int next = start + match;
          int count = Math.min(most, length - next);
          System.arraycopy(text, next, draft, from, count);
          return count;
        }
      }
    }
    return 0;
  }

  private static boolean matches(int[] text, int a, int b, int length) {
    for (int i = 0; i < length; i++) {
      if (text[a + i] != text[b + i]) {
        return false;
      }
    }
    return true;
  }
}
