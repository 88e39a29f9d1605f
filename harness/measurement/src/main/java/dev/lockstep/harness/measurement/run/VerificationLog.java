package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.verification.Expected;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.Verdict;
import dev.lockstep.harness.verification.Verification;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What became of every comparison of a run, gathered by backend and case.
final class VerificationLog {
  private record Key(String backend, String options, String promptId, String variation) {}

  private static final class Entry {
    final Expected expected;
    final int promptTokens;
    final boolean approximate;
    final boolean showsLogits;
    int comparisons;
    long agreeing;
    MatchClass match = MatchClass.IDENTICAL;
    Verdict.@Nullable Difference difference;

    Entry(Expected expected, int promptTokens, boolean approximate, boolean showsLogits) {
      this.expected = expected;
      this.promptTokens = promptTokens;
      this.approximate = approximate;
      this.showsLogits = showsLogits;
    }
  }

  private final Map<Key, Entry> entries = new LinkedHashMap<>();
  private final MatchClass accepted;

  /// @param accepted the worst class that passes
  VerificationLog(MatchClass accepted) {
    this.accepted = accepted;
  }

  void add(
      Sample.Key key,
      PromptCase promptCase,
      Expected expected,
      int[] actual,
      Verdict verdict,
      boolean approximate,
      boolean showsLogits) {
    Entry entry = entry(key, promptCase, expected, approximate, showsLogits);
    entry.comparisons++;
    for (int i = 0; i < Math.min(actual.length, expected.tokenIds().length); i++) {
      entry.agreeing += actual[i] == expected.tokenIds()[i] ? 1 : 0;
    }
    MatchClass worse = entry.match.worse(verdict.match());
    if (worse != entry.match) {
      entry.match = worse;
      entry.difference = verdict.difference();
    }
  }

  private Entry entry(
      Sample.Key key,
      PromptCase promptCase,
      Expected expected,
      boolean approximate,
      boolean showsLogits) {
    return entries.computeIfAbsent(
        new Key(key.backend(), key.options(), key.promptId(), promptCase.variation()),
        k -> new Entry(expected, promptCase.ids().length, approximate, showsLogits));
  }

  /// Takes over a sample of an earlier, killed run. Which token it gave is not known any more.
  void addEarlier(Sample sample, PromptCase promptCase, Expected expected) {
    boolean approximate = sample.match() == MatchClass.APPROXIMATE;
    boolean showsLogits = sample.match() != MatchClass.TOKENS_EQUAL;
    Entry entry = entry(sample.key(), promptCase, expected, approximate, showsLogits);
    entry.comparisons++;
    int newTokens = expected.tokenIds().length;
    Integer index = sample.firstDifference();
    entry.agreeing += index == null ? newTokens : index;
    MatchClass match = approximate ? MatchClass.DIVERGED : sample.match();
    if (index != null && match != null && entry.difference == null) {
      entry.match = match;
      entry.difference =
          new Verdict.Difference(
              index, expected.tokenIds()[index], null, expected.margins()[index], null);
    }
  }

  /// What was found.
  List<Verification> verifications() {
    List<Verification> verifications = new ArrayList<>();
    entries.forEach((key, entry) -> verifications.add(verification(key, entry)));
    return verifications;
  }

  private Verification verification(Key key, Entry entry) {
    boolean passed = entry.match.compareTo(accepted) <= 0;
    int newTokens = entry.expected.tokenIds().length;
    return Verification.tokens(
        new Verification.Subject(
            key.backend(),
            key.options(),
            key.promptId(),
            key.variation(),
            entry.expected.source(),
            entry.promptTokens,
            newTokens),
        entry.approximate ? Outcome.APPROXIMATE : passed ? Outcome.PASS : Outcome.FAIL,
        new Verification.Tokens(
            entry.comparisons,
            entry.match.called(entry.approximate, entry.showsLogits),
            (double) entry.agreeing / ((long) entry.comparisons * newTokens),
            entry.expected.leastMargin(),
            entry.difference),
        entry.difference == null ? "" : entry.difference.describe());
  }
}
