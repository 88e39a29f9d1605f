package dev.lockstep.harness.measurement.statistics;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.lockstep.harness.verification.MatchClass;
import java.util.List;
import org.junit.jupiter.api.Test;

class SummaryTest {

  @Test
  void ratesAreTokensOverTotalTimeNotMeansOfRates() {
    // 4 gaps in 40 ms and 4 gaps in 360 ms: 8 tokens in 0.4 s, while the mean of the rates is 55.6.
    Summary summary =
        new Summary(
            List.of(
                Samples.timed("x", 1, 1, 10, 10, 10, 10, 10),
                Samples.timed("x", 1, 2, 30, 90, 90, 90, 90)));
    assertEquals(20, requireNonNull(summary.decodeTokensPerSecond()), 1e-9);
    assertEquals(
        1e3 * 2 * Samples.PROMPT_TOKENS / 40,
        requireNonNull(summary.prefillTokensPerSecond()),
        1e-9);
  }

  @Test
  void speedUpPairsSamplesOfTheSameRound() {
    // Round 2 was twice as slow for both: the ratio within each round is 2 all the same.
    Summary base =
        new Summary(List.of(Samples.timed("a", 1, 1, 5, 20), Samples.timed("a", 1, 2, 5, 40)));
    Summary fast =
        new Summary(List.of(Samples.timed("b", 1, 1, 5, 10), Samples.timed("b", 1, 2, 5, 20)));
    SpeedUp speedUp = fast.speedUpOver(base, Sample.Timing::decodeMillis, VerdictRule.GIVEN_FORKS);
    assertNotNull(speedUp);
    assertEquals(2, speedUp.ratio(), 1e-12);
  }

  /// As in published runs whose gaps were taken out.
  @Test
  void ratesDoNotNeedTheGaps() {
    Sample whole = Samples.timed("x", 1, 1, 10, 10, 20, 10);
    Sample bare =
        new Sample(
            whole.key(),
            whole.work(),
            whole.execution(),
            whole.result(),
            new Sample.Timing(10, 50, new double[0]),
            null,
            null,
            null);
    Summary summary = new Summary(List.of(bare));
    assertEquals(75, requireNonNull(summary.decodeTokensPerSecond()), 1e-9);
    assertEquals(40.0 / 3, requireNonNull(summary.tpotMillis().median()), 1e-9);
    assertNull(summary.itlMillis().median());
  }

  @Test
  void aMismatchHasNoSpeed() {
    Summary summary = new Summary(List.of(Samples.mismatch("x", 1, 1)));
    assertNull(summary.decodeTokensPerSecond());
    assertNull(summary.ttftMillis().median());
    assertEquals(Status.MISMATCH, summary.status());
    assertEquals(MatchClass.DIVERGED, summary.match());
  }

  @Test
  void oneNewTokenHasNoDecodeRate() {
    Summary summary = new Summary(List.of(Samples.timed("x", 1, 1, 5)));
    assertNull(summary.decodeTokensPerSecond());
    assertNull(summary.tpotMillis().mean());
    assertNotNull(summary.prefillTokensPerSecond());
  }
}
