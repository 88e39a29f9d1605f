package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Availability;
import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Ceilings;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// What a backend says of itself is well formed, and true as far as it can be seen from outside.
public interface ProviderLaws extends Subject {

  @Test
  default void theIdCanBeTyped() {
    assertTrue(backend().id().matches("[a-z0-9-]+"), backend().id());
    assertFalse(backend().description().isBlank());
    assertFalse(backend().description().contains("\n"), "one line");
  }

  @Test
  default void optionsHaveDistinctNamesAndLegalDefaults() {
    Set<String> names = new HashSet<>();
    for (BackendOption option : backend().options()) {
      assertTrue(names.add(option.name()), option.name() + " is declared twice");
      assertTrue(option.name().matches("[a-z0-9_]+"), option.name());
      assertEquals(Optional.empty(), option.problem(option.defaultText()), option.name());
      assertFalse(option.help().isBlank(), option.name());
    }
    OptionValues.defaults(backend().options());
  }

  @Test
  default void theFlagsAndFootprintAreKnownBeforeLoading() {
    backend().jvmArgs(optionValues()).forEach(flag -> assertTrue(flag.startsWith("-"), flag));
    assertTrue(backend().privateBytes(SHAPE, optionValues()) > 0);
  }

  /// Availability is an answer, never an exception; who says no gives a reason and a remedy, and
  /// refuses to load rather than to run on something else.
  @Test
  default void availabilityIsAnsweredAndMeant() {
    switch (backend().availability(optionValues())) {
      case Availability.Available(String device) -> {
        assertFalse(device.isBlank());
        try (InferenceModel model = loadRandom()) {
          assertEquals(device, model.executionPath().get("device"));
        }
      }
      case Availability.Unavailable(String reason, String remedy) -> {
        assertFalse(reason.isBlank());
        assertFalse(remedy.isBlank());
        assertThrows(
            IllegalStateException.class,
            () -> backend().load(RandomModel.tied(SHAPE, 1), optionValues()));
      }
    }
  }

  @Test
  default void theExecutionPathNamesDeviceAndThreads() {
    try (InferenceModel model = loadRandom()) {
      Map<String, String> path = model.executionPath();
      assertTrue(path.keySet().containsAll(Set.of("device", "threads")), path.toString());
      path.forEach(
          (key, value) -> {
            assertTrue(key.matches("[a-z0-9_]+"), key);
            assertFalse(value.isBlank(), key);
          });
      assertTrue(Integer.parseInt(String.valueOf(path.get("threads"))) >= 1);
      assertEquals(SHAPE, model.config());
    }
  }

  /// A limit that was measured is a positive number; where the harness has to measure it, there is
  /// none.
  @Test
  default void ceilingsAreMeasuredOrLeftToTheHarness() {
    try (InferenceModel model = loadRandom()) {
      for (Ceilings ceilings : model.measureCeilings().stream().toList()) {
        double bandwidth = ceilings.readBytesPerSecond();
        double flops = ceilings.fmaFlopsPerSecond();
        assertTrue(bandwidth > 0 && Double.isFinite(bandwidth), "bandwidth " + bandwidth);
        assertTrue(flops > 0 && Double.isFinite(flops), "FMA rate " + flops);
      }
    }
  }

  /// The thread that calls counts as one of them.
  @Test
  default void noMoreThreadsWorkThanTheExecutionPathSays() {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    try (InferenceModel model = loadRandom();
        InferenceSession session = model.newSession()) {
      session.generateGreedy(Subject.tokens(SHAPE, 33, 1), 8, token -> {});
      int threads = Integer.parseInt(String.valueOf(model.executionPath().get("threads")));
      Set<String> started =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> !before.contains(thread))
              .map(Thread::getName)
              .collect(Collectors.toSet());
      assertTrue(started.size() < threads, "threads=%d but %s".formatted(threads, started));
    }
  }
}
