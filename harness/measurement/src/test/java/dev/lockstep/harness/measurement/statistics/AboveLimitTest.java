package dev.lockstep.harness.measurement.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.verification.MatchClass;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AboveLimitTest {
  private String lessWork = "";
  private Sample.Result result = Sample.Result.IDENTICAL;

  private Sample sample(int fork, int round, double readGbps, double decodePercent) {
    Sample any = Samples.timed("it", fork, round, 1, 1, 1);
    return new Sample(
        any.key(),
        any.work(),
        new Sample.Execution("cpu", 1, lessWork, Sample.Execution.WORKER_CLOCK),
        result,
        any.timing(),
        null,
        null,
        new Sample.Limits(readGbps, 100, 50, decodePercent));
  }

  private List<Sample> fork(int fork, double... percents) {
    List<Sample> samples = new ArrayList<>();
    for (double percent : percents) {
      samples.add(sample(fork, samples.size() + 1, 20, percent));
    }
    return samples;
  }

  private List<Sample> forks(double... percents) {
    List<Sample> samples = new ArrayList<>();
    for (int fork = 0; fork < percents.length; fork++) {
      samples.addAll(fork(fork + 1, percents[fork], percents[fork]));
    }
    return samples;
  }

  @Test
  void allSamplesOfFewForksMustBeAbove() {
    AboveLimit above = AboveLimit.of(fork(1, 130, 120, 140));
    assertNotNull(above);
    assertEquals("decode", above.phase());
    assertEquals(120, above.percent(), 1e-9);
    assertNull(AboveLimit.of(fork(1, 130, 99, 140)));
    assertNull(AboveLimit.of(fork(1, 130, 120)), "two samples say little");
    assertNotNull(AboveLimit.of(fork(1, 230)), "unless they say it loudly");
  }

  @Test
  void theLowerEndOfTheIntervalOverManyForksMustBeAbove() {
    assertNotNull(AboveLimit.of(forks(110, 111, 109, 110, 112)));
    assertNull(AboveLimit.of(forks(101, 140, 90, 120, 95)), "106 % on average and wide");
    assertNull(AboveLimit.of(forks(96, 97, 98, 96, 99)));
  }

  @Test
  void aLimitThatWasDisturbedBeforeAccusesNobody() {
    List<Sample> samples =
        List.of(sample(1, 1, 10, 150), sample(1, 2, 20, 75), sample(1, 3, 20, 105));
    assertNull(AboveLimit.of(samples));
    List<Sample> disturbed =
        List.of(sample(1, 1, 10, 150), sample(1, 2, 20, 120), sample(1, 3, 20, 120));
    assertNull(AboveLimit.of(disturbed), "150 % of half the limit");
  }

  @Test
  void whoSaysWhatItSavesMayBeAbove() {
    lessWork = "a draft model";
    assertNull(AboveLimit.of(fork(1, 130, 120, 140)));
    lessWork = "";
    result = new Sample.Result(Status.OK, MatchClass.APPROXIMATE, null, "");
    assertNull(AboveLimit.of(fork(1, 130, 120, 140)));
  }

  @Test
  void whatIsAboveHasNoSpeedUp() {
    Summary base = new Summary(fork(1, 50, 50, 50));
    Summary above = new Summary(fork(1, 130, 120, 140));
    Summary below = new Summary(fork(1, 90, 95, 90));
    assertNull(above.speedUpOver(base, Sample.Timing::decodeMillis, VerdictRule.GIVEN_FORKS));
    assertNull(base.speedUpOver(above, Sample.Timing::decodeMillis, VerdictRule.GIVEN_FORKS));
    assertNotNull(below.speedUpOver(base, Sample.Timing::decodeMillis, VerdictRule.GIVEN_FORKS));
    List<String> notes = AboveLimit.notes(fork(1, 130, 120, 140));
    assertEquals(1, notes.size(), notes::toString);
    assertTrue(
        notes.getFirst().startsWith("it:threads=1: its decode is at 120 % of the limit or above"),
        notes.getFirst());
  }
}
