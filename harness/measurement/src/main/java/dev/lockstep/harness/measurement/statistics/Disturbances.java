package dev.lockstep.harness.measurement.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// What the rounds themselves show of a machine that was not quiet, in words: a backend whose time
/// jumped or drifted inside a fork, and rounds in which all backends were slow together.
///
/// A backend's time in a round is the mean over the prompts of the logarithm of the sample's time
/// over the median of its fork, so prompts of any length count alike.
public final class Disturbances {
  /// What changes less than this is not worth a line: 5 %.
  private static final double MIN_DRIFT = Math.log(1.05);

  /// Fewer rounds have no halves.
  private static final int MIN_ROUNDS_FOR_DRIFT = 6;

  /// All backends of a round must be this much slower than their medians: 10 %.
  private static final double MIN_SLOWNESS = Math.log(1.10);

  private static final int MAX_LINES = 4;

  /// By backend, and in it by fork: a backend's rounds, in order.
  private final Map<String, Map<Integer, TreeMap<Integer, Double>>> times = new LinkedHashMap<>();

  private Disturbances(List<Sample> samples) {
    Map<String, List<Sample>> byBackend = new LinkedHashMap<>();
    for (Sample sample : samples) {
      if (sample.isTimed()) {
        byBackend.computeIfAbsent(sample.key().label(), label -> new ArrayList<>()).add(sample);
      }
    }
    byBackend.forEach((label, own) -> times.put(label, byFork(own)));
  }

  /// @param samples of a run
  /// @return a line each
  public static List<String> of(List<Sample> samples) {
    Disturbances disturbances = new Disturbances(samples);
    List<String> lines = new ArrayList<>();
    lines.addAll(limited(disturbances.slowRounds(), "rounds"));
    lines.addAll(limited(disturbances.jumps(), "jumps"));
    lines.addAll(disturbances.drifts());
    return lines;
  }

  private static Map<Integer, TreeMap<Integer, Double>> byFork(List<Sample> samples) {
    Map<List<Object>, List<Double>> byPrompt = new LinkedHashMap<>();
    for (Sample sample : samples) {
      byPrompt
          .computeIfAbsent(
              List.of(sample.key().fork(), sample.key().promptId()), key -> new ArrayList<>())
          .add(logMillis(sample));
    }
    Map<Integer, TreeMap<Integer, List<Double>>> byFork = new TreeMap<>();
    for (Sample sample : samples) {
      Sample.Key key = sample.key();
      double median = median(byPrompt.getOrDefault(List.of(key.fork(), key.promptId()), List.of()));
      byFork
          .computeIfAbsent(key.fork(), fork -> new TreeMap<>())
          .computeIfAbsent(key.round(), round -> new ArrayList<>())
          .add(logMillis(sample) - median);
    }
    Map<Integer, TreeMap<Integer, Double>> means = new TreeMap<>();
    byFork.forEach(
        (fork, rounds) -> {
          TreeMap<Integer, Double> mean = new TreeMap<>();
          rounds.forEach((round, values) -> mean.put(round, Estimators.mean(array(values))));
          means.put(fork, mean);
        });
    return means;
  }

  private static double logMillis(Sample sample) {
    Sample.Timing timing = sample.timing();
    return timing == null ? 0 : Math.log(timing.e2eMillis());
  }

  private List<String> slowRounds() {
    List<String> lines = new ArrayList<>();
    Map<List<Integer>, List<Double>> byRound = new TreeMap<>(Disturbances::compare);
    times
        .values()
        .forEach(
            forks ->
                forks.forEach(
                    (fork, rounds) ->
                        rounds.forEach(
                            (round, time) ->
                                byRound
                                    .computeIfAbsent(List.of(fork, round), key -> new ArrayList<>())
                                    .add(time))));
    byRound.forEach(
        (key, slowness) -> {
          double least = Arrays.stream(array(slowness)).min().orElse(0);
          if (slowness.size() > 1 && slowness.size() == times.size() && least > MIN_SLOWNESS) {
            lines.add(
                String.format(
                    Locale.ROOT,
                    "fork %d, round %d: all backends were slow together, by %.0f %% at least",
                    key.getFirst(),
                    key.getLast(),
                    100 * Math.expm1(least)));
          }
        });
    return lines;
  }

  private static int compare(List<Integer> a, List<Integer> b) {
    int byFork = Integer.compare(a.getFirst(), b.getFirst());
    return byFork != 0 ? byFork : Integer.compare(a.getLast(), b.getLast());
  }

  private List<String> jumps() {
    List<String> lines = new ArrayList<>();
    times.forEach(
        (label, forks) ->
            forks.forEach(
                (fork, rounds) -> {
                  ChangePoint jump = ChangePoint.find(array(rounds.values()));
                  if (jump != null) {
                    lines.add(
                        String.format(
                            Locale.ROOT,
                            "%s, fork %d: its time jumped by %+.0f %% at round %d",
                            label,
                            fork,
                            100 * Math.expm1(jump.jump()),
                            List.copyOf(rounds.keySet()).get(jump.index())));
                  }
                }));
    return lines;
  }

  /// From the first half of the rounds to the second, the median over the forks.
  private List<String> drifts() {
    List<String> lines = new ArrayList<>();
    times.forEach(
        (label, forks) -> {
          double[] drifts =
              forks.values().stream()
                  .filter(rounds -> rounds.size() >= MIN_ROUNDS_FOR_DRIFT)
                  .mapToDouble(rounds -> drift(array(rounds.values())))
                  .toArray();
          double drift = drifts.length == 0 ? 0 : Estimators.median(drifts);
          if (Math.abs(drift) > MIN_DRIFT) {
            lines.add(
                String.format(
                    Locale.ROOT,
                    "%s: its time drifted by %+.0f %% from the first half of the rounds to the second",
                    label,
                    100 * Math.expm1(drift)));
          }
        });
    return lines;
  }

  private static double drift(double[] rounds) {
    int half = rounds.length / 2;
    return Estimators.median(Arrays.copyOfRange(rounds, rounds.length - half, rounds.length))
        - Estimators.median(Arrays.copyOf(rounds, half));
  }

  private static List<String> limited(List<String> lines, String what) {
    if (lines.size() <= MAX_LINES) {
      return lines;
    }
    List<String> limited = new ArrayList<>(lines.subList(0, MAX_LINES));
    limited.add(String.format(Locale.ROOT, "and %d more such %s", lines.size() - MAX_LINES, what));
    return limited;
  }

  private static double median(List<Double> values) {
    return Estimators.median(array(values));
  }

  private static double[] array(java.util.Collection<Double> values) {
    return values.stream().mapToDouble(value -> value).toArray();
  }
}
