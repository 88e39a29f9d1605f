package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.verification.Verdict;
import dev.lockstep.harness.verification.Verification;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Where the tokens of each backend leave the reference's: how many prompts are identical, where
/// the others differ first, by how much the reference preferred its own token there, and whether
/// rounding explains that another was chosen. Without that, speed says little where engines round
/// in other ways or hold numbers in fewer bits.
final class FirstDifferences {
  private static final int MAX_TOLD = 4;

  /// Of one backend: the worst case of each prompt that differs.
  private static final class Own {
    final Map<String, Boolean> identical = new LinkedHashMap<>();
    final Map<String, Verdict.Difference> first = new LinkedHashMap<>();

    void add(String prompt, Verification.Tokens tokens) {
      Verdict.Difference difference = tokens.difference();
      identical.merge(prompt, difference == null, Boolean::logicalAnd);
      if (difference != null) {
        first.merge(prompt, difference, (a, b) -> a.index() <= b.index() ? a : b);
      }
    }
  }

  private FirstDifferences() {}

  /// A line for each backend with tokens that differ.
  static List<String> notes(List<Verification> verifications) {
    Map<String, Own> backends = new LinkedHashMap<>();
    for (Verification verification : verifications) {
      Verification.Subject subject = verification.subject();
      Verification.Tokens tokens = verification.tokens();
      if (tokens != null && !subject.variation().equals(BeyondPrompts.VARIATION)) {
        String label = new Sample.Key(0, 0, subject.backend(), subject.options(), "").label();
        backends.computeIfAbsent(label, l -> new Own()).add(subject.promptId(), tokens);
      }
    }
    List<String> notes = new ArrayList<>();
    backends.forEach(
        (label, own) -> {
          if (!own.first.isEmpty()) {
            notes.add(note(label, own));
          }
        });
    return notes;
  }

  private static String note(String label, Own own) {
    long nearTies = own.first.values().stream().filter(FirstDifferences::isNearTie).count();
    String told =
        own.first.entrySet().stream()
            .limit(MAX_TOLD)
            .map(each -> describe(each.getKey(), each.getValue()))
            .collect(Collectors.joining("; "));
    return String.format(
        Locale.ROOT,
        "%s gives the reference's tokens on %d of %d prompts; of %d first differences rounding explains %d: %s%s",
        label,
        own.identical.values().stream().filter(identical -> identical).count(),
        own.identical.size(),
        own.first.size(),
        nearTies,
        told,
        own.first.size() > MAX_TOLD ? "; and more, see verification.csv" : "");
  }

  private static boolean isNearTie(Verdict.Difference difference) {
    Double bound = difference.nearTieBound();
    return bound != null && difference.referenceMargin() < bound;
  }

  private static String describe(String prompt, Verdict.Difference difference) {
    return String.format(
        Locale.ROOT,
        "%s at new token %d, where the reference's margin is %.3g",
        prompt,
        difference.index() + 1,
        difference.referenceMargin());
  }
}
