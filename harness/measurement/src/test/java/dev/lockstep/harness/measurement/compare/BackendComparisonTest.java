package dev.lockstep.harness.measurement.compare;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.measurement.compare.Comparison.Row;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import dev.lockstep.harness.measurement.statistics.Summary;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import dev.lockstep.harness.worker.error.UserError;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackendComparisonTest {
  @TempDir Path directory;

  private RecordedRun read(MadeUpRun run) {
    return RecordedRun.read(run.write(directory));
  }

  private static MadeUpRun run() {
    return new MadeUpRun()
        .backend("kvcache", 20)
        .backend("simd:threads=1", 6)
        .backend("simd:threads=2", 4);
  }

  private static Row decode(Comparison comparison) {
    return comparison.rows().stream()
        .filter(row -> row.metric() == Metric.DECODE && row.whole())
        .findFirst()
        .orElseThrow();
  }

  /// Sums in another order differ in the last digits.
  private static void assertSame(@Nullable SpeedUp expected, @Nullable SpeedUp actual) {
    SpeedUp right = requireNonNull(expected);
    SpeedUp own = requireNonNull(actual);
    assertEquals(right.ratio(), own.ratio(), 1e-12);
    assertEquals(requireNonNull(right.low()), requireNonNull(own.low()), 1e-12);
    assertEquals(requireNonNull(right.detectable()), requireNonNull(own.detectable()), 1e-12);
    assertEquals(right.verdict(), own.verdict());
  }

  @Test
  void theRatioIsTheOneOfTheSummary() {
    RecordedRun run = read(run().prompt("q", 5));
    Row row = decode(BackendComparison.of(run, "kvcache", "simd:threads=2", 0.02));
    SpeedUp expected =
        new Summary(run.of("simd:threads=2"))
            .speedUpOver(
                new Summary(run.of("kvcache")),
                timing -> timing.decodeMillis(),
                VerdictRule.GIVEN_FORKS);
    assertSame(expected, row.speedUp());
    assertEquals(Conclusion.FASTER, row.conclusion());
    assertEquals(Comparison.ALL, row.workload());
  }

  @Test
  void ofTheOtherWayRoundItIsSlower() {
    Row row = decode(BackendComparison.of(read(run()), "simd:threads=2", "kvcache", 0.02));
    assertEquals(Conclusion.SLOWER, row.conclusion());
    assertEquals(0.2, requireNonNull(row.speedUp()).ratio(), 0.01);
  }

  @Test
  void theSpreadIsThePilotsWhereAPilotDecidedTheForks() {
    RecordedRun run = read(run().forks(12).plan("forks", "auto"));
    Row row = decode(BackendComparison.of(run, "kvcache", "simd:threads=1", 0.02));
    SpeedUp expected =
        new Summary(run.of("simd:threads=1"))
            .speedUpOver(
                new Summary(run.of("kvcache")),
                timing -> timing.decodeMillis(),
                VerdictRule.PILOT_FORKS);
    assertSame(expected, row.speedUp());
  }

  @Test
  void theNoiseThresholdDecides() {
    MadeUpRun close = new MadeUpRun().backend("x", 10).backend("y", 9.7).spread(0.001);
    assertEquals(
        Conclusion.FASTER, decode(BackendComparison.of(read(close), "x", "y", 0.02)).conclusion());
    assertEquals(
        Conclusion.UNDECIDED,
        decode(BackendComparison.of(read(close), "x", "y", 0.05)).conclusion());
  }

  @Test
  void wrongAndApproximateBackendsAreNotCompared() {
    Comparison wrong =
        BackendComparison.of(read(run().wrongBackend("broken")), "kvcache", "broken", 0.02);
    assertEquals(Conclusion.NOT_COMPARABLE, decode(wrong).conclusion());
    assertTrue(decode(wrong).reason().contains("wrong answers"), decode(wrong).reason());
    assertNull(decode(wrong).after());
    Comparison approximate =
        BackendComparison.of(read(run().approximateBackend("int8", 3)), "kvcache", "int8", 0.02);
    assertEquals(Conclusion.NOT_COMPARABLE, decode(approximate).conclusion());
    assertTrue(decode(approximate).reason().contains("int8 is approximate"));
  }

  @Test
  void namesThatAreNoneOrSeveralAreRefused() {
    RecordedRun run = read(run());
    assertRefused(run, "kvcache", "sim", "no backend 'sim'");
    assertRefused(run, "kvcache", "simd", "may be any of simd:threads=1, simd:threads=2");
    assertRefused(run, "kvcache", "kvcache", "both are kvcache");
  }

  private static void assertRefused(RecordedRun run, String first, String second, String words) {
    UserError error =
        assertThrows(UserError.class, () -> BackendComparison.of(run, first, second, 0.02));
    assertTrue(String.valueOf(error.getMessage()).contains(words), error.getMessage());
  }
}
