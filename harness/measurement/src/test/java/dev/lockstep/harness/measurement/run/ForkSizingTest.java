package dev.lockstep.harness.measurement.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForkSizingTest {
  /// Two backends, of which the second takes `exp(logRatio)` of the first's time in each fork.
  private static List<Sample> pilot(double... logRatios) {
    List<Sample> samples = new ArrayList<>();
    for (int fork = 1; fork <= logRatios.length; fork++) {
      samples.add(Samples.timed("a", fork, 1, 10, 2, 2));
    }
    for (int fork = 1; fork <= logRatios.length; fork++) {
      double gap = 2 * Math.exp(logRatios[fork - 1]);
      samples.add(Samples.timed("b", fork, 1, 10, gap, gap));
    }
    return samples;
  }

  private static ForkSizing.Decision decide(double effect, int capSeconds, double... logRatios) {
    return new ForkSizing(effect, Duration.ofSeconds(capSeconds))
        .decide(pilot(logRatios), Duration.ofSeconds(50));
  }

  @Test
  void thePilotsSpreadDecides() {
    // s = sqrt(0.001 / 4) = 0.015811; (2.776445 + 1.533206) s / (ln 1.05 - ln 1.02) = 2.3507.
    ForkSizing.Decision decision = decide(0.05, 1000, -0.02, -0.01, 0, 0.01, 0.02);
    assertEquals(6, decision.forks());
    assertEquals(
        "6 forks: the pilot of 5 asks for 6 to tell 5.0 % nine times in ten",
        decision.explanation());
    assertEquals(38, decide(0.0314, 1000, -0.02, -0.01, 0, 0.01, 0.02).forks());
  }

  @Test
  void aPilotThatSpreadsLittleIsEnough() {
    assertEquals(5, decide(0.05, 1000, 0.3, 0.3, 0.3001, 0.3, 0.3).forks());
  }

  @Test
  void thereAreNoMoreThanTheTimeAllows() {
    // A fork takes ten seconds, and fifty are gone.
    ForkSizing.Decision decision = decide(0.03, 75, -0.02, -0.01, 0, 0.01, 0.02);
    assertEquals(7, decision.forks());
    assertEquals(
        "7 forks: the pilot of 5 asks for 49 to tell 3.0 % nine times in ten, and --time 75 s has room for 7",
        decision.explanation());
    assertEquals(5, decide(0.03, 10, -0.02, -0.01, 0, 0.01, 0.02).forks());
  }

  @Test
  void oneBackendNeedsNoMore() {
    List<Sample> alone = new ArrayList<>();
    for (int fork = 1; fork <= 5; fork++) {
      alone.add(Samples.timed("a", fork, 1, 10 * fork, 2.0 * fork));
    }
    assertEquals(
        5, new ForkSizing(0.05, Duration.ofHours(1)).decide(alone, Duration.ofSeconds(50)).forks());
  }
}
