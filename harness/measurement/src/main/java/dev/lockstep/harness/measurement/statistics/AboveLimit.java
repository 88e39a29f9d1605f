package dev.lockstep.harness.measurement.statistics;

import dev.lockstep.harness.verification.MatchClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A backend that is faster than the machine allows for all of the work, and does not declare which
/// work it saves: its times are not to be believed, so they are compared with nobody's.
///
/// Above means that the lower end of the 95 % interval over forks is above 100 %, each fork by the
/// median of its samples. With fewer than [SpeedUp#MIN_FORKS] forks there is no interval: then all
/// samples must be above it, or above twice of it where they are fewer than [#MIN_SAMPLES]. The
/// limit of a sample is the higher one of those measured before its round and after it, since a
/// neighbour that was at work during the first would lower it.
///
/// @param phase `prefill` or `decode`
/// @param percent the lower end
public record AboveLimit(String phase, double percent) {
  private static final int MIN_SAMPLES = 3;
  private static final double CONFIDENCE = 0.95;
  private static final double LIMIT = 100;

  /// A line for each backend that is.
  public static List<String> notes(List<Sample> samples) {
    Map<String, List<Sample>> byLabel = new LinkedHashMap<>();
    for (Sample sample : samples) {
      byLabel.computeIfAbsent(sample.key().label(), label -> new ArrayList<>()).add(sample);
    }
    List<String> notes = new ArrayList<>();
    byLabel.forEach(
        (label, own) -> {
          AboveLimit above = new Summary(own).aboveLimit();
          if (above != null) {
            notes.add(label + ": " + above.describe());
          }
        });
    return notes;
  }

  /// What is wrong, for the user.
  String describe() {
    return String.format(
        Locale.ROOT,
        "its %s is at %.0f %% of the limit or above, and it does not declare which work it saves (less_work in executionPath): it gets no speed-up and no verdict",
        phase,
        percent);
  }

  /// @param samples of one backend
  /// @return null if it is not above
  static @Nullable AboveLimit of(List<Sample> samples) {
    if (samples.stream().anyMatch(AboveLimit::isDeclared)) {
      return null;
    }
    AboveLimit decode = of("decode", samples, Sample.Limits::decodePercent);
    return decode == null ? of("prefill", samples, limits -> limits.prefillPercent()) : decode;
  }

  /// Narrower weights are less work too.
  private static boolean isDeclared(Sample sample) {
    return !sample.lessWork().isEmpty() || sample.match() == MatchClass.APPROXIMATE;
  }

  private static @Nullable AboveLimit of(
      String phase, List<Sample> samples, Function<Sample.Limits, @Nullable Double> figure) {
    Map<List<Integer>, Sample.Limits> rounds = new HashMap<>();
    for (Sample sample : samples) {
      Sample.Limits limits = sample.limits();
      if (limits != null) {
        rounds.put(List.of(sample.key().fork(), sample.key().round()), limits);
      }
    }
    Map<Integer, List<Double>> forks = new TreeMap<>();
    for (Sample sample : samples) {
      Sample.Limits limits = sample.limits();
      Double percent = limits == null ? null : figure.apply(limits);
      if (limits != null && percent != null) {
        Sample.Limits after = rounds.get(List.of(sample.key().fork(), sample.key().round() + 1));
        forks
            .computeIfAbsent(sample.key().fork(), fork -> new ArrayList<>())
            .add(percent * share(limits, after));
      }
    }
    double low = low(forks);
    return low > LIMIT ? new AboveLimit(phase, low) : null;
  }

  /// The limit before, as a share of the higher one.
  private static double share(Sample.Limits before, Sample.@Nullable Limits after) {
    return after == null
        ? 1
        : Math.min(
            1,
            Math.min(
                before.readGigabytesPerSecond() / after.readGigabytesPerSecond(),
                before.fmaGigaflops() / after.fmaGigaflops()));
  }

  private static double low(Map<Integer, List<Double>> forks) {
    if (forks.size() >= SpeedUp.MIN_FORKS) {
      double[] medians = forks.values().stream().mapToDouble(AboveLimit::median).toArray();
      double error = Estimators.standardDeviation(medians) / Math.sqrt(medians.length);
      return Estimators.mean(medians)
          - Estimators.studentQuantile(medians.length - 1.0, (1 + CONFIDENCE) / 2) * error;
    }
    double[] all = forks.values().stream().flatMap(List::stream).mapToDouble(p -> p).toArray();
    double least = Arrays.stream(all).min().orElse(0);
    return all.length < MIN_SAMPLES && least <= 2 * LIMIT ? 0 : least;
  }

  private static double median(List<Double> values) {
    return Estimators.median(values.stream().mapToDouble(value -> value).toArray());
  }
}
