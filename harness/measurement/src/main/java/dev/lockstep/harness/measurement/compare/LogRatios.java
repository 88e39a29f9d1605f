package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.measurement.statistics.Sample;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The ratios of a backend to others of the same run.
///
/// Of each round, the mean over the prompts of `mean over the others of ln(their time) − ln(own
/// time)`: above 0 is faster than the others. Only rounds in which the backend and each of the
/// others were timed on each of the prompts count, so that every round weighs the same work.
final class LogRatios {
  private LogRatios() {}

  /// A prompt in a round.
  private record Place(int fork, int round, String promptId) {}

  /// For each fork that has such a round, in order, the values of its rounds, in order.
  ///
  /// @param own samples of the backend
  /// @param others samples of each of the others
  static List<double[]> byFork(
      List<Sample> own, List<List<Sample>> others, Collection<String> prompts, Metric metric) {
    Map<Place, Double> ownTimes = logTimes(own, metric);
    List<Map<Place, Double>> otherTimes =
        others.stream().map(samples -> logTimes(samples, metric)).toList();
    Map<Integer, TreeSet<Integer>> rounds = new TreeMap<>();
    for (Place place : ownTimes.keySet()) {
      rounds.computeIfAbsent(place.fork(), fork -> new TreeSet<>()).add(place.round());
    }
    List<double[]> byFork = new ArrayList<>();
    rounds.forEach(
        (fork, ofFork) -> {
          double[] values =
              ofFork.stream()
                  .map(round -> ofRound(fork, round, prompts, ownTimes, otherTimes))
                  .flatMapToDouble(OptionalDouble::stream)
                  .toArray();
          if (values.length > 0) {
            byFork.add(values);
          }
        });
    return byFork;
  }

  private static OptionalDouble ofRound(
      int fork,
      int round,
      Collection<String> prompts,
      Map<Place, Double> own,
      List<Map<Place, Double>> others) {
    double sum = 0;
    for (String prompt : prompts) {
      Place place = new Place(fork, round, prompt);
      @Nullable Double ownTime = own.get(place);
      if (ownTime == null) {
        return OptionalDouble.empty();
      }
      double ofOthers = 0;
      for (Map<Place, Double> other : others) {
        @Nullable Double time = other.get(place);
        if (time == null) {
          return OptionalDouble.empty();
        }
        ofOthers += time;
      }
      sum += ofOthers / others.size() - ownTime;
    }
    return OptionalDouble.of(sum / prompts.size());
  }

  private static Map<Place, Double> logTimes(List<Sample> samples, Metric metric) {
    Map<Place, Double> times = new HashMap<>();
    for (Sample sample : samples) {
      Sample.Timing timing = sample.timing();
      double millis = timing == null ? 0 : metric.millis(timing);
      if (millis > 0) {
        Sample.Key key = sample.key();
        times.put(new Place(key.fork(), key.round(), key.promptId()), Math.log(millis));
      }
    }
    return times;
  }
}
