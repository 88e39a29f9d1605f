package dev.lockstep.harness.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.measurement.results.SummaryCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Samples;
import dev.lockstep.harness.measurement.statistics.Status;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultTableTest {

  private static Sample right(String backend, int round, double gapMillis) {
    return of(backend, round, Samples.timed(backend, 1, round, 5, gapMillis));
  }

  private static Sample wrong(String backend, int round) {
    return of(backend, round, Samples.mismatch(backend, 1, round));
  }

  private static Sample failed(String backend, int round, Status status) {
    Sample sample = wrong(backend, round);
    return Sample.untimed(sample.key(), sample.work(), sample.execution(), status, null, "gone");
  }

  private static Sample of(String backend, int round, Sample sample) {
    return new Sample(
        new Sample.Key(1, round, backend, "", "p"),
        sample.work(),
        sample.execution(),
        sample.result(),
        sample.timing(),
        sample.load(),
        sample.resources(),
        sample.limits());
  }

  private static List<String> line(List<Sample> samples, String backend) {
    return ResultTable.text(samples, Map.of(), VerdictRule.GIVEN_FORKS)
        .lines()
        .filter(line -> line.startsWith(backend + " "))
        .map(line -> List.of(line.split(" {2,}")))
        .findFirst()
        .orElseThrow();
  }

  private static String decodeSpeedUp(List<Sample> samples, String backend) {
    int column = SummaryCsv.TABLE.header().indexOf("decode_speedup");
    return SummaryCsv.entries(samples, VerdictRule.GIVEN_FORKS).stream()
        .map(SummaryCsv.TABLE::cells)
        .filter(row -> row.getFirst().equals(backend))
        .map(row -> row.get(column))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aBackendThatAlsoCrashedGetsNoSpeedForItsWrongAnswers() {
    List<Sample> samples =
        List.of(
            right("x", 1, 10), failed("x", 2, Status.CRASHED), wrong("x", 3), right("y", 1, 20));
    assertEquals(List.of("x", "cpu", "DIVERGED"), line(samples, "x"));
  }

  @Test
  void tableAndSummaryCompareWithTheSameBackend() {
    for (Sample useless :
        List.of(
            failed("x", 1, Status.UNAVAILABLE), failed("x", 1, Status.CRASHED), wrong("x", 1))) {
      List<Sample> samples = List.of(useless, right("y", 1, 20), right("z", 1, 10));
      assertTrue(line(samples, "y").contains("1.00x"), line(samples, "y").toString());
      assertTrue(line(samples, "z").contains("2.00x"), line(samples, "z").toString());
      assertEquals("", decodeSpeedUp(samples, "x"));
      assertEquals("1", decodeSpeedUp(samples, "y"));
      assertEquals("2", decodeSpeedUp(samples, "z"));
    }
  }

  @Test
  void whereNothingWasTimedNothingIsCompared() {
    List<Sample> samples = List.of(failed("x", 1, Status.UNAVAILABLE), wrong("y", 1));
    assertEquals("", decodeSpeedUp(samples, "y"));
    assertEquals(List.of("y", "cpu", "DIVERGED"), line(samples, "y"));
  }
}
