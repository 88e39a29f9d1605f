package dev.lockstep.harness.measurement.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Samples;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Backends whose times are not to be believed are named, and others are not: a prompt has three
/// tokens.
class SuspicionTest {
  private static final String LABEL = "it:threads=1";

  private static List<Sample> samples(double ttftMillis, double... gapsMillis) {
    return IntStream.rangeClosed(1, 4)
        .mapToObj(round -> Samples.timed("it", 1, round, ttftMillis, gapsMillis))
        .toList();
  }

  @Test
  void tokensThatComeAllAtOnceAreNamed() {
    List<String> notes = HeldBackTokens.notes(samples(60, 0.01, 0.01, 0.01));
    assertEquals(1, notes.size(), notes::toString);
    assertTrue(
        notes
            .getFirst()
            .startsWith(
                LABEL + ": a new token takes 0.010 ms, a token of the prompt at least 20 ms"),
        notes.getFirst());
  }

  /// A cache, no cache, a prompt that is dearer a token than decoding, a few drafts at once.
  @Test
  void tokensThatComeOneByOneAreNot() {
    assertEquals(List.of(), HeldBackTokens.notes(samples(3, 1, 1, 1)));
    assertEquals(List.of(), HeldBackTokens.notes(samples(3, 4, 5, 6)));
    assertEquals(List.of(), HeldBackTokens.notes(samples(9, 1, 1, 1)));
    assertEquals(List.of(), HeldBackTokens.notes(samples(3, 0.01, 0.01, 0.01, 1.2, 0.01, 0.01)));
  }

  /// A stall before the first token of some answers accuses nobody.
  @Test
  void theCheapestPromptCounts() {
    List<Sample> samples =
        List.of(
            Samples.timed("it", 1, 1, 500, 1, 1, 1),
            Samples.timed("it", 1, 2, 3, 1, 1, 1),
            Samples.timed("it", 1, 3, 500, 1, 1, 1));
    assertEquals(List.of(), HeldBackTokens.notes(samples));
  }

  @Test
  void answersThatAreLookedUpAreNamed() {
    List<String> notes = ReplaySuspicion.notes(samples(0.1, 0.2, 0.2, 0.2), Map.of(LABEL, 1.0));
    assertEquals(1, notes.size(), notes::toString);
    assertTrue(
        notes.getFirst().startsWith(LABEL + ": at most 0.200 ms a token on the prompts of the run"),
        notes.getFirst());
  }

  /// The slowest answer of the run decides.
  @Test
  void aBackendThatIsSlowOnlyOnceMoreIsNot() {
    List<Sample> samples =
        List.of(
            Samples.timed("it", 1, 1, 1, 0.2, 0.2),
            Samples.timed("it", 1, 2, 1, 0.5, 0.5),
            Samples.timed("it", 1, 3, 1, 0.2, 0.2));
    assertEquals(List.of(), ReplaySuspicion.notes(samples, Map.of(LABEL, 1.0)));
    assertEquals(List.of(), ReplaySuspicion.notes(samples, Map.of("other", 100.0)));
    assertEquals(List.of(), ReplaySuspicion.notes(samples.subList(0, 1), Map.of(LABEL, 100.0)));
  }
}
