package dev.lockstep.harness.measurement.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DisturbancesTest {

  /// The gap between tokens in each round, in milliseconds.
  private static List<Sample> fork(String backend, int fork, double... gapMillis) {
    List<Sample> samples = new ArrayList<>();
    for (int round = 0; round < gapMillis.length; round++) {
      samples.add(Samples.timed(backend, fork, round + 1, gapMillis[round], gapMillis[round]));
    }
    return samples;
  }

  private static List<String> of(List<List<Sample>> forks) {
    return Disturbances.of(forks.stream().flatMap(List::stream).toList());
  }

  @Test
  void aQuietRunHasNone() {
    assertEquals(
        List.of(),
        of(List.of(fork("x", 1, 10, 10.2, 9.9, 10, 10.1), fork("y", 1, 5, 5.1, 5, 4.9, 5))));
  }

  @Test
  void roundsInWhichAllWereSlowAreTold() {
    assertEquals(
        List.of("fork 1, round 3: all backends were slow together, by 20 % at least"),
        of(List.of(fork("x", 1, 10, 10, 12, 10, 10), fork("y", 1, 5, 5, 10, 5, 5))));
  }

  @Test
  void aRoundInWhichOneWasSlowIsNotOneOfAll() {
    assertEquals(
        List.of(), of(List.of(fork("x", 1, 10, 10, 12, 10, 10), fork("y", 1, 5, 5, 5, 5, 5))));
    assertEquals(List.of(), of(List.of(fork("x", 1, 10, 10, 12, 10, 10))), "one backend alone");
  }

  @Test
  void manySlowRoundsAreCounted() {
    double[] times = {10, 10, 10, 10, 10, 10, 10, 20, 20, 20, 20, 20, 20};
    List<String> lines = of(List.of(fork("x", 1, times), fork("y", 1, times)));
    assertEquals("and 2 more such rounds", lines.get(4));
  }

  @Test
  void aJumpIsToldWithItsRound() {
    assertEquals(
        List.of(
            "x:threads=1, fork 2: its time jumped by +50 % at round 6",
            "x:threads=1: its time drifted by +22 % from the first half of the rounds to the second"),
        of(
            List.of(
                fork("x", 1, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10),
                fork("x", 2, 10, 10, 10, 10, 10, 15, 15, 15, 15, 15))));
  }

  @Test
  void aDriftOfMostForksIsTold() {
    assertEquals(
        List.of(
            "x:threads=1: its time drifted by -10 % from the first half of the rounds to the second"),
        of(
            List.of(
                fork("x", 1, 10.1, 10, 9.9, 9.1, 9, 8.9),
                fork("x", 2, 10.1, 10, 9.9, 9.1, 9, 8.9),
                fork("x", 3, 10, 10, 10, 10, 10, 10))));
  }
}
