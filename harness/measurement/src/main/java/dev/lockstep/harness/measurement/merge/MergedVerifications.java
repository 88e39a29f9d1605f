package dev.lockstep.harness.measurement.merge;

import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.verification.Verification.Logits;
import dev.lockstep.harness.verification.Verification.Tokens;
import dev.lockstep.harness.verification.VerificationStep;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What several shards found about the same thing: comparisons of tokens add up, and of everything
/// that each looked at once the worst counts.
final class MergedVerifications {
  private MergedVerifications() {}

  private record What(Verification.Subject subject, VerificationStep step, String check) {}

  static List<Verification> of(List<Verification> all) {
    Map<What, Verification> merged = new LinkedHashMap<>();
    for (Verification each : all) {
      merged.merge(
          new What(each.subject(), each.step(), each.check()), each, MergedVerifications::both);
    }
    return List.copyOf(merged.values());
  }

  private static Verification both(Verification one, Verification other) {
    Verification worse = badness(other) > badness(one) ? other : one;
    Tokens tokens = one.tokens();
    Tokens more = other.tokens();
    if (tokens == null || more == null) {
      return worse;
    }
    int comparisons = tokens.comparisons() + more.comparisons();
    Tokens sum =
        new Tokens(
            comparisons,
            tokens.match().worse(more.match()),
            (tokens.comparisons() * tokens.agreement() + more.comparisons() * more.agreement())
                / comparisons,
            Math.min(tokens.leastMargin(), more.leastMargin()),
            worse.tokens() == null ? null : worse.tokens().difference());
    return Verification.tokens(worse.subject(), worse.outcome(), sum, worse.reason());
  }

  /// Failures before everything else, then by how far the logits are off.
  private static double badness(Verification verification) {
    if (verification.outcome() == Outcome.FAIL) {
      return Double.POSITIVE_INFINITY;
    }
    Tokens tokens = verification.tokens();
    if (tokens != null) {
      return tokens.match().ordinal();
    }
    Logits logits = verification.logits();
    return logits == null ? 0 : logits.maxAbsDifference();
  }
}
