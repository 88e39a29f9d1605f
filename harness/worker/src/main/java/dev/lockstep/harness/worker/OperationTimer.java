package dev.lockstep.harness.worker;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.InferenceSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Finds out which operation of a forward pass takes how long, by when its result is shown.
///
/// Passes that are watched and passes that are not take turns, so that what showing costs can be
/// told. The time of an operation is that from the moment in which the one shown before it had been
/// handed over to the moment in which its own last row is: what is not shown counts with what is
/// shown next, and the observer's own time counts with nothing.
final class OperationTimer {
  /// As many pairs of passes at least, however long one takes.
  static final int MIN_WARM_PAIRS = 1;

  static final int MIN_PAIRS = 3;

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

  Reply.OperationTimes measure(Duration warmUp, Duration time) {
    session.rewind(0);
    if (context.length > 0) {
      session.forward(context);
    }
    repeat(MIN_WARM_PAIRS, warmUp);
    List<Pair> pairs = repeat(MIN_PAIRS, time);
    Map<String, long[]> nanos = new LinkedHashMap<>();
    for (int i = 0; i < pairs.size(); i++) {
      int pass = i;
      pairs
          .get(i)
          .operations()
          .forEach(
              (name, spent) ->
                  nanos.computeIfAbsent(name, n -> new long[pairs.size()])[pass] = spent);
    }
    return new Reply.OperationTimes(
        List.copyOf(nanos.keySet()),
        nanos.values().stream().mapToLong(OperationTimer::median).toArray(),
        median(pairs.stream().mapToLong(Pair::plainNanos).toArray()),
        median(pairs.stream().mapToLong(Pair::shownNanos).toArray()),
        pairs.size());
  }

  /// @param operations how long each took in the watched pass, in the order of the computation
  private record Pair(long plainNanos, long shownNanos, Map<String, Long> operations) {}

  private List<Pair> repeat(int least, Duration time) {
    List<Pair> pairs = new ArrayList<>();
    long start = System.nanoTime();
    while (pairs.size() < least || System.nanoTime() - start < time.toNanos()) {
      long plain = pass();
      Watch watch = new Watch();
      session.observe(watch);
      watch.start();
      long shown = pass();
      session.observe(null);
      pairs.add(new Pair(plain, shown, watch.nanos));
    }
    return pairs;
  }

  private long pass() {
    session.rewind(context.length);
    long start = System.nanoTime();
    session.forward(next);
    return System.nanoTime() - start;
  }

  private static long median(long[] values) {
    long[] sorted = Arrays.stream(values).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
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
