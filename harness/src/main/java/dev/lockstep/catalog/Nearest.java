package dev.lockstep.catalog;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Finds what somebody probably meant.
public final class Nearest {
  private Nearest() {}

  /// ` (did you mean 'threads'?)`, or nothing if no candidate is near.
  public static String hint(String word, Collection<String> candidates) {
    return of(word, candidates).map(near -> " (did you mean '" + near + "'?)").orElse("");
  }

  /// The candidate with the least edit distance, if at most about a third of the word must change.
  static Optional<String> of(String word, Collection<String> candidates) {
    int limit = Math.max(1, (word.length() + 2) / 3);
    return candidates.stream()
        .filter(candidate -> distance(word, candidate) <= limit)
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
  }

  /// Levenshtein's distance: insertions, deletions and substitutions.
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
