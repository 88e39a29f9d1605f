package dev.lockstep.harness.measurement.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.Verdict;
import dev.lockstep.harness.verification.Verification;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FirstDifferencesTest {
  private static Verification tokens(
      String prompt, String variation, Verdict.@Nullable Difference difference) {
    return Verification.tokens(
        new Verification.Subject("mine", "", prompt, variation, "naive", 3, 8),
        difference == null ? Outcome.PASS : Outcome.FAIL,
        new Verification.Tokens(
            2, difference == null ? MatchClass.IDENTICAL : MatchClass.DIVERGED, 0.5, 1, difference),
        "");
  }

  private static Verdict.Difference at(int index, double margin, double bound) {
    return new Verdict.Difference(index, 5, 7, margin, bound);
  }

  @Test
  void whereEverythingIsIdenticalNothingIsSaid() {
    assertEquals(List.of(), FirstDifferences.notes(List.of(tokens("a", "plain", null))));
  }

  @Test
  void eachPromptTellsWhereItDiffersFirstAndWhetherRoundingExplainsIt() {
    assertEquals(
        List.of(
            "mine gives the reference's tokens on 1 of 3 prompts; of 2 first differences rounding explains 1: b at new token 3, where the reference's margin is 0.00100; c at new token 1, where the reference's margin is 0.500"),
        FirstDifferences.notes(
            List.of(
                tokens("a", "plain", null),
                tokens("b", "plain", at(6, 0.2, 0.01)),
                tokens("b", "prefix-2", at(2, 0.001, 0.01)),
                tokens("c", "plain", at(0, 0.5, 0.01)),
                tokens("secret", "beyond", at(0, 0.5, 0.01)))));
  }
}
