package dev.lockstep.harness.measurement.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.harness.measurement.statistics.Agreement;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.Verification;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AgreementsTest {
  private static Verification tokens(
      String backend, String variation, int comparisons, double agreement) {
    return Verification.tokens(
        new Verification.Subject(backend, "", "p", variation, "naive", 3, 8),
        Outcome.APPROXIMATE,
        new Verification.Tokens(comparisons, MatchClass.APPROXIMATE, agreement, 1, null),
        "");
  }

  @Test
  void aPromptCountsAsIdenticalOnlyIfAllItsTokensAre() {
    assertEquals(
        Map.of("int4", new Agreement(0.5, 0.8, null, null)),
        Agreements.ofLabels(
            List.of("int4"),
            List.of(
                tokens("int4", "plain", 1, 1),
                tokens("int4", "prefix", 4, 0.75),
                tokens("int4", BeyondPrompts.VARIATION, 9, 0),
                tokens("int8", "plain", 1, 0.1))));
  }

  @Test
  void whereNothingWasComparedNothingIsSaid() {
    assertEquals(
        Map.of("int4", new Agreement(null, null, null, null)),
        Agreements.ofLabels(List.of("int4"), List.of()));
  }
}
