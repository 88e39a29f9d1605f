package dev.lockstep.model.format;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// Finds what somebody probably meant: the case does not count, nor do a few slips of the fingers.
public final class Nearest {
  /// A word of this length may be the beginning of another one.
  private static final int SHORTEST_BEGINNING = 3;

  private Nearest() {}

  /// ` (did you mean 'threads'?)`, or nothing if no candidate is near.
  public static String hint(String word, Collection<String> candidates) {
    return of(word, candidates).map(near -> " (did you mean '" + near + "'?)").orElse("");
  }

  /// The candidate that differs by one slip at most, else the shortest that begins with the word,
  /// else the one with the least edit distance, if at most about a third of the word must change.
  public static Optional<String> of(String word, Collection<String> candidates) {
    int limit = Math.max(1, (word.length() + 2) / 3);
    return within(1, word, candidates)
        .or(() -> beginning(word, candidates))
        .or(() -> within(limit, word, candidates));
  }

  private static Optional<String> within(int limit, String word, Collection<String> candidates) {
    return candidates.stream()
        .filter(candidate -> distance(word, candidate) <= limit)
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
  }

  private static Optional<String> beginning(String word, Collection<String> candidates) {
    String lower = word.toLowerCase(Locale.ROOT);
    return candidates.stream()
        .filter(candidate -> lower.replace("-", "").length() >= SHORTEST_BEGINNING)
        .filter(candidate -> candidate.toLowerCase(Locale.ROOT).startsWith(lower))
        .min(Comparator.comparingInt(String::length));
  }

  /// The optimal string alignment distance: insertions, deletions, substitutions, and neighbours
  /// that changed places; in any case.
  private static int distance(String word, String candidate) {
    String a = word.toLowerCase(Locale.ROOT);
    String b = candidate.toLowerCase(Locale.ROOT);
    int[][] rows = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        rows[i][j] = i == 0 || j == 0 ? i + j : cell(rows, a, b, i, j);
      }
    }
    return rows[a.length()][b.length()];
  }

  private static int cell(int[][] rows, String a, String b, int i, int j) {
    int substituted = rows[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
    int least = Math.min(substituted, Math.min(rows[i - 1][j], rows[i][j - 1]) + 1);
    boolean exchanged =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return exchanged ? Math.min(least, rows[i - 2][j - 2] + 1) : least;
  }
}
