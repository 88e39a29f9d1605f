package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Availability;
import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Ceilings;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// What a backend says of itself is well formed, and true as far as it can be seen from outside.
public interface ProviderLaws extends Subject {
  /// That of most laws, then GPT-2's four: the bytes of the large ones are more than an int can
  /// count.
  List<Gpt2Config> GROWING =
      List.of(
          SHAPE,
          RandomModel.config(12, 12, 768, 1024, 50_257),
          RandomModel.config(24, 16, 1024, 1024, 50_257),
          RandomModel.config(36, 20, 1280, 1024, 50_257),
          RandomModel.config(48, 25, 1600, 1024, 50_257));

  /// So much is done that what the JVM's own threads do meanwhile is little beside it.
  int GENERATIONS = 32;

  /// Where it is not, the harness does not list it.
  @Test
  default void itIsBuiltForThisVersionOfTheSpi() {
    assertEquals(Spi.VERSION, backend().spiVersion(), "return Spi.VERSION, and rebuild");
  }

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
    long before = 0;
    for (Gpt2Config config : GROWING) {
      long bytes = backend().privateBytes(config, optionValues());
      assertTrue(
          bytes > before,
          String.format(
              Locale.ROOT,
              "%d private bytes for %s, and %d for a smaller model",
              bytes,
              config,
              before));
      before = bytes;
      long heap = backend().heapBytes(config, optionValues());
      assertTrue(
          heap >= 0 && heap <= bytes,
          String.format(
              Locale.ROOT, "%d of %d private bytes on the heap for %s", heap, bytes, config));
    }
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

  /// The checks of a session's input are made against its config.
  @Test
  default void aSessionHasTheShapeOfItsModel() {
    try (InferenceModel model = loadRandom()) {
      InferenceSession session = model.newSession();
      assertEquals(SHAPE, session.config());
      session.close();
      assertEquals(SHAPE, session.config(), "the closed session's");
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

  /// The thread that calls counts as one of them. So do threads that were there before, of a pool
  /// that outlives its model or of the common one, if they work; and where one thread is to work,
  /// those that come and go.
  @Test
  default void noMoreThreadsWorkThanTheExecutionPathSays() {
    Map<Thread, Long> before = new HashMap<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      before.put(thread, cpuNanos(thread));
    }
    long startedBefore = ManagementFactory.getThreadMXBean().getTotalStartedThreadCount();
    try (InferenceModel model = loadRandom();
        InferenceSession session = model.newSession()) {
      for (int i = 0; i < GENERATIONS; i++) {
        session.rewind(0);
        session.generateGreedy(Subject.tokens(SHAPE, 33, 1), 8, token -> {});
      }
      int threads = Integer.parseInt(String.valueOf(model.executionPath().get("threads")));
      long started =
          ManagementFactory.getThreadMXBean().getTotalStartedThreadCount() - startedBefore;
      Set<String> others = workers(before, threads);
      assertTrue(
          others.size() < threads,
          String.format(Locale.ROOT, "threads=%d but %s", threads, others));
      assertTrue(
          threads > 1 || started == 0,
          String.format(Locale.ROOT, "threads=1 but %d were started", started));
    }
  }

  /// The threads that are new, and those of before that did half of an equal share of what was done
  /// since, or more.
  private static Set<String> workers(Map<Thread, Long> before, int threads) {
    Map<Thread, Long> nanos = new HashMap<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      nanos.put(thread, Math.max(0, cpuNanos(thread) - before.getOrDefault(thread, 0L)));
    }
    double all = nanos.values().stream().mapToLong(Long::longValue).sum();
    Set<String> workers = new TreeSet<>();
    nanos.forEach(
        (thread, own) -> {
          boolean works = !before.containsKey(thread) || own > all / (2 * (threads + 1));
          if (works && thread != Thread.currentThread()) {
            workers.add(thread.getName());
          }
        });
    return workers;
  }

  /// -1 where it is not known.
  private static long cpuNanos(Thread thread) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return threads.isThreadCpuTimeSupported() && threads.isThreadCpuTimeEnabled()
        ? threads.getThreadCpuTime(thread.threadId())
        : -1;
  }
}
