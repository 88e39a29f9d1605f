package dev.lockstep.harness.worker;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.InferenceSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Finds out which operation of a forward pass takes how long: by the clock of the device that
/// computes it, where the backend has one, or else by when its result is shown.
///
/// Passes that are watched and passes that are not take turns, so that what watching costs can be
/// told. By the host's clock the time of an operation is that from the moment in which the one
/// shown before it had been handed over to the moment in which its own last row is: what is not
/// shown counts with what is shown next, and the observer's own time counts with nothing.
///
/// All times are means over the middle half of the passes of a kind, ordered by how long they took:
/// as robust as a median, and unlike medians the operations' add up to the pass's. A thread that
/// wakes late now and then is in every pass somewhere, and in the median of no operation.
final class OperationTimer {
  private final InferenceSession session;
  private final int[] context;
  private final int[] next;

  /// @param session empty or not
  /// @param context what it holds before each pass
  /// @param next what the pass appends
  OperationTimer(InferenceSession session, int[] context, int[] next) {
    this.session = session;
    this.context = context;
    this.next = next;
  }

  /// @param leastPairs of a watched pass and another, however long they take
  Reply.OperationTimes measure(Duration warmUp, Duration time, int leastPairs) {
    session.rewind(0);
    if (context.length > 0) {
      session.forward(context);
    }
    repeat(0, warmUp);
    List<Pair> pairs = repeat(leastPairs, time);
    boolean byDevice = pairs.getFirst().byDevice();
    List<Pair> watched = middleHalf(pairs, Pair::shownNanos);
    Map<String, Double> nanos = new LinkedHashMap<>();
    for (Pair pair : watched) {
      pair.operations()
          .forEach(
              (name, spent) -> nanos.merge(name, (double) spent / watched.size(), Double::sum));
    }
    return new Reply.OperationTimes(
        byDevice ? "device" : "host",
        List.copyOf(nanos.keySet()),
        nanos.values().stream().mapToLong(Math::round).toArray(),
        mean(middleHalf(pairs, Pair::plainNanos), Pair::plainNanos),
        mean(watched, Pair::shownNanos),
        pairs.size());
  }

  private static List<Pair> middleHalf(List<Pair> pairs, ToLongFunction<Pair> time) {
    int cut = (pairs.size() + 1) / 4;
    return pairs.stream()
        .sorted(Comparator.comparingLong(time))
        .skip(cut)
        .limit(pairs.size() - 2L * cut)
        .toList();
  }

  private static long mean(List<Pair> pairs, ToLongFunction<Pair> time) {
    return Math.round(pairs.stream().mapToLong(time).average().orElseThrow());
  }

  /// @param operations how long each took in the watched pass, in the order of the computation
  private record Pair(
      long plainNanos, long shownNanos, boolean byDevice, Map<String, Long> operations) {}

  private List<Pair> repeat(int least, Duration time) {
    List<Pair> pairs = new ArrayList<>();
    long start = System.nanoTime();
    while (pairs.size() < least || System.nanoTime() - start < time.toNanos()) {
      long plain = pass();
      Pair timed = timed(plain);
      pairs.add(timed == null ? watched(plain) : timed);
    }
    return pairs;
  }

  /// Null if the backend has no clock of its own.
  private @Nullable Pair timed(long plainNanos) {
    session.rewind(context.length);
    long passStart = System.nanoTime();
    Map<String, Long> nanos = session.timeOperations(next);
    return nanos == null ? null : new Pair(plainNanos, System.nanoTime() - passStart, true, nanos);
  }

  private Pair watched(long plainNanos) {
    Watch watch = new Watch();
    session.observe(watch);
    watch.start();
    long shown = pass();
    session.observe(null);
    return new Pair(plainNanos, shown, false, watch.nanos);
  }

  private long pass() {
    session.rewind(context.length);
    long start = System.nanoTime();
    session.forward(next);
    return System.nanoTime() - start;
  }

  private static final class Watch implements ActivationObserver {
    final Map<String, Long> nanos = new LinkedHashMap<>();
    private long last;

    void start() {
      last = System.nanoTime();
    }

    @Override
    public void observe(String name, int position, float[] values, int offset, int length) {
      shown(name);
    }

    @Override
    public void observe(String name, int position, double[] values, int offset, int length) {
      shown(name);
    }

    private void shown(String name) {
      nanos.merge(name, System.nanoTime() - last, Long::sum);
      last = System.nanoTime();
    }
  }
}
