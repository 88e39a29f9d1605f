package dev.lockstep.tck;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Sessions as a server uses them: several at once, each of them moved from thread to thread, with
/// pauses anywhere, beside threads that take the cores away for some milliseconds.
///
/// A schedule is drawn from a seed: what each session is asked for, which thread makes each call,
/// how long is waited before it and while it hands something over. Every call's answer must have
/// the bits that the same calls give to a session that is alone. When the system lets which thread
/// run is not in the seed, so that a schedule that failed may pass; it then fails again in some of
/// many repetitions.
public final class Stress {
  /// The law that a schedule breaks, as [ContractReport.LawResult] names it.
  public static final String LAW = "noScheduleOfSeveralThreadsChangesABit";

  private static final int MIN_SESSIONS = 2;
  private static final int MAX_SESSIONS = 6;
  private static final int MIN_CALLS = 8;
  private static final int MAX_CALLS = 24;

  /// Few, so that a session often comes back to one that it knows.
  private static final int MIN_THREADS = 2;

  private static final int MAX_THREADS = 4;
  private static final int MAX_PAUSE_MICROS = 1000;

  /// One pause in as many calls, and in as many tokens that are handed over.
  private static final int PAUSE_EVERY = 4;

  /// After as many schedules the models are loaded anew.
  private static final int SCHEDULES_PER_LOAD = 64;

  private static final List<Gpt2Config> SHAPES =
      List.of(Subject.SHAPE, RandomModel.config(2, 4, 64, 96, 128));

  private Stress() {}

  /// What came of many schedules.
  ///
  /// @param schedules how many were carried out
  /// @param problem the first that was wrong, in one line, with its seed; null if none was
  public record Result(int schedules, @Nullable String problem) {}

  /// Carries out schedules until the time is over or one fails, at least one.
  ///
  /// @param subject whose backend is available
  /// @param seed of the first; the next has the next number
  /// @param onSchedule is told the seed of each before it begins
  public static Result run(Subject subject, Duration time, long seed, LongConsumer onSchedule) {
    long start = System.nanoTime();
    int schedules = 0;
    do {
      List<InferenceModel> models = new ArrayList<>();
      try {
        for (Gpt2Config shape : SHAPES) {
          models.add(subject.backend().load(RandomModel.untied(shape, 1), subject.optionValues()));
        }
        int last = schedules + SCHEDULES_PER_LOAD;
        do {
          long own = seed + schedules;
          onSchedule.accept(own);
          schedules++;
          InferenceModel model = models.get(Math.floorMod(own, models.size()));
          String problem = schedule(model, own);
          if (problem != null) {
            return new Result(
                schedules, String.format(Locale.ROOT, "schedule of seed %d: %s", own, problem));
          }
        } while (schedules < last && System.nanoTime() - start < time.toNanos());
      } finally {
        models.forEach(InferenceModel::close);
      }
    } while (System.nanoTime() - start < time.toNanos());
    return new Result(schedules, null);
  }

  /// Carries out one schedule.
  ///
  /// @return what is wrong, in one line; null if nothing is
  static @Nullable String schedule(InferenceModel model, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int threads = random.nextInt(MIN_THREADS, MAX_THREADS + 1);
    List<Story> stories = new ArrayList<>();
    for (int i = random.nextInt(MIN_SESSIONS, MAX_SESSIONS + 1); i > 0; i--) {
      stories.add(Story.draw(random, model.config(), threads));
    }
    List<float[][]> alone = stories.stream().map(story -> story.alone(model)).toList();
    List<ExecutorService> pool = new ArrayList<>();
    try (Rivals _ =
        new Rivals(random.nextInt(1 + Runtime.getRuntime().availableProcessors()), seed)) {
      for (int i = 0; i < threads; i++) {
        pool.add(Executors.newSingleThreadExecutor());
      }
      List<CompletableFuture<Void>> ends = new ArrayList<>();
      for (int i = 0; i < stories.size(); i++) {
        ends.add(stories.get(i).start(model, alone.get(i), pool));
      }
      String problem = null;
      for (int i = 0; i < ends.size(); i++) {
        String found = problem(ends.get(i));
        if (problem == null && found != null) {
          problem =
              String.format(
                  Locale.ROOT,
                  "session %d of %d on %d threads, %s",
                  i + 1,
                  stories.size(),
                  threads,
                  found);
        }
      }
      return problem;
    } finally {
      pool.forEach(ExecutorService::close);
    }
  }

  private static @Nullable String problem(CompletableFuture<Void> end) {
    try {
      end.join();
      return null;
    } catch (CompletionException e) {
      Throwable cause = e.getCause();
      return cause instanceof AssertionError ? cause.getMessage() : "it failed: " + cause;
    }
  }

  /// What one session goes through.
  ///
  /// @param threads which thread makes each call
  /// @param pauses how long is waited before each, in microseconds
  private record Story(List<StressCall> calls, int[] threads, int[] pauses, long seed) {

    static Story draw(SplittableRandom random, Gpt2Config config, int threads) {
      List<StressCall> calls = new ArrayList<>();
      int position = 0;
      for (int i = random.nextInt(MIN_CALLS, MAX_CALLS + 1); i > 0; i--) {
        calls.add(StressCall.draw(random, position, config.nPositions(), config.vocabSize()));
        position = calls.getLast().after();
      }
      return new Story(
          calls,
          random.ints(calls.size(), 0, threads).toArray(),
          random.ints(calls.size()).map(drawn -> pause(drawn)).toArray(),
          random.nextLong());
    }

    private static int pause(int drawn) {
      return Math.floorMod(drawn, PAUSE_EVERY) == 0
          ? Math.floorMod(drawn / PAUSE_EVERY, MAX_PAUSE_MICROS)
          : 0;
    }

    /// The answers of a session that has the model for itself.
    float[][] alone(InferenceModel model) {
      try (InferenceSession session = model.newSession()) {
        return calls.stream().map(call -> call.make(session, () -> {})).toArray(float[][]::new);
      }
    }

    /// Begins; the session is opened by the thread that makes the first call, and closed by the one
    /// that makes the last.
    CompletableFuture<Void> start(
        InferenceModel model, float[][] expected, List<ExecutorService> pool) {
      CompletableFuture<InferenceSession> session =
          CompletableFuture.supplyAsync(model::newSession, pool.get(threads[0]));
      CompletableFuture<InferenceSession> at = session;
      SplittableRandom moments = new SplittableRandom(seed);
      for (int i = 0; i < calls.size(); i++) {
        int call = i;
        at =
            at.thenApplyAsync(
                open -> {
                  wait(pauses[call]);
                  float[] answer = calls.get(call).make(open, () -> wait(pause(moments.nextInt())));
                  requireSame(call, expected[call], answer);
                  return open;
                },
                pool.get(threads[i]));
      }
      ExecutorService last = pool.get(threads[threads.length - 1]);
      return at.handleAsync(
              (open, thrown) -> {
                session.thenAccept(InferenceSession::close);
                return thrown;
              },
              last)
          .thenCompose(
              thrown ->
                  thrown == null
                      ? CompletableFuture.completedFuture(null)
                      : CompletableFuture.failedFuture(
                          thrown instanceof CompletionException ? thrown.getCause() : thrown));
    }

    private void requireSame(int call, float[] expected, float[] answer) {
      int differs = Arrays.mismatch(expected, answer);
      if (differs >= 0) {
        throw new AssertionError(
            String.format(
                Locale.ROOT,
                "call %d of %d (%s, by thread %d): of what it gave, value %d of %d was %s and is %s for a session that is alone",
                call + 1,
                calls.size(),
                calls.get(call),
                threads[call] + 1,
                differs + 1,
                expected.length,
                differs < answer.length ? Float.toString(answer[differs]) : "missing",
                differs < expected.length ? Float.toString(expected[differs]) : "missing"));
      }
    }

    private static void wait(int micros) {
      if (micros > 0) {
        LockSupport.parkNanos(micros * 1000L);
      }
    }
  }

  /// Threads that take cores away, for a while each time.
  private static final class Rivals implements AutoCloseable {
    private static final long MAX_NANOS = 3_000_000;

    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean over;

    Rivals(int count, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      for (int i = 0; i < count; i++) {
        SplittableRandom own = random.split();
        threads.add(Thread.ofPlatform().daemon().name("lockstep rival " + i).start(() -> run(own)));
      }
    }

    private void run(SplittableRandom random) {
      while (!over) {
        long end = System.nanoTime() + random.nextLong(MAX_NANOS);
        while (!over && System.nanoTime() < end) {
          Thread.onSpinWait();
        }
        LockSupport.parkNanos(random.nextLong(MAX_NANOS));
      }
    }

    @Override
    public void close() {
      over = true;
      threads.forEach(LockSupport::unpark);
    }
  }
}
