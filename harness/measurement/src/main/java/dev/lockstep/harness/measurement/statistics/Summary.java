package dev.lockstep.harness.measurement.statistics;

import dev.lockstep.harness.verification.MatchClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// What a set of samples of one backend comes to. Rates are tokens over total time, never means of
/// rates.
public final class Summary {
  private static final int MIN_FOR_SPREAD = 3;

  private final List<Sample> all;
  private final List<Sample> timed;

  /// @param samples of one backend
  public Summary(List<Sample> samples) {
    this.all = List.copyOf(samples);
    this.timed = samples.stream().filter(Sample::isTimed).toList();
  }

  public int samples() {
    return timed.size();
  }

  /// The backend's label; empty if there are no samples.
  public String label() {
    return all.isEmpty() ? "" : all.getFirst().key().label();
  }

  /// How many there should be: those that failed or were not tried are counted too.
  public int asked() {
    return all.size();
  }

  public int forks() {
    return (int) timed.stream().map(sample -> sample.key().fork()).distinct().count();
  }

  public int flagged() {
    return (int) timed.stream().filter(sample -> !sample.flags().isEmpty()).count();
  }

  public Distribution ttftMillis() {
    return distribution(timing -> timing.ttftMillis());
  }

  /// Of each sample's mean time per output token.
  public Distribution tpotMillis() {
    return new Distribution(
        timed.stream()
            .filter(sample -> sample.newTokens() > 1)
            .mapToDouble(
                sample -> time(sample, Sample.Timing::decodeMillis) / (sample.newTokens() - 1))
            .toArray());
  }

  /// Of every gap of every sample.
  public Distribution itlMillis() {
    return new Distribution(
        timings().flatMapToDouble(timing -> Arrays.stream(timing.itlMillis())).toArray());
  }

  public Distribution e2eMillis() {
    return distribution(timing -> timing.e2eMillis());
  }

  public @Nullable Double prefillTokensPerSecond() {
    double millis = timings().mapToDouble(Sample.Timing::ttftMillis).sum();
    return timed.isEmpty()
        ? null
        : 1e3 * timed.stream().mapToInt(Sample::promptTokens).sum() / millis;
  }

  public @Nullable Double decodeTokensPerSecond() {
    double millis = timings().mapToDouble(Sample.Timing::decodeMillis).sum();
    int tokens = timed.stream().mapToInt(sample -> sample.newTokens() - 1).sum();
    return tokens == 0 ? null : 1e3 * tokens / millis;
  }

  /// How far single samples lie from the median of their prompt, typically and in per cent of it: a
  /// robust standard deviation of the decode times' logarithms.
  ///
  /// @return null with fewer than [#MIN_FOR_SPREAD] samples of more than one new token
  public @Nullable Double decodeSpreadPercent() {
    Map<String, List<Double>> byPrompt = new HashMap<>();
    for (Sample sample : timed) {
      double millis = time(sample, Sample.Timing::decodeMillis);
      if (millis > 0) {
        byPrompt
            .computeIfAbsent(sample.key().promptId(), prompt -> new ArrayList<>())
            .add(Math.log(millis));
      }
    }
    double[] deviations =
        byPrompt.values().stream()
            .map(values -> values.stream().mapToDouble(value -> value).toArray())
            .flatMapToDouble(
                values -> {
                  double median = Estimators.median(values);
                  return Arrays.stream(values).map(value -> value - median);
                })
            .toArray();
    return deviations.length < MIN_FOR_SPREAD
        ? null
        : (Double) (100 * Math.expm1(Estimators.robustDeviation(deviations)));
  }

  /// Median over the forks.
  public @Nullable Double coldTtftMillis() {
    return perFork(load -> load.coldTtftMillis());
  }

  /// Median over the forks.
  public @Nullable Double loadMillis() {
    return perFork(Sample.Load::loadMillis);
  }

  private @Nullable Double perFork(
      java.util.function.Function<Sample.Load, @Nullable Double> figure) {
    Map<Integer, Double> byFork = new TreeMap<>();
    for (Sample sample : all) {
      Sample.Load load = sample.load();
      Double value = load == null ? null : figure.apply(load);
      if (value != null) {
        byFork.putIfAbsent(sample.key().fork(), value);
      }
    }
    return new Distribution(byFork.values().stream().mapToDouble(d -> d).toArray()).median();
  }

  public @Nullable Long peakRssBytes() {
    return all.stream()
        .map(Sample::resources)
        .map(resources -> resources == null ? null : resources.peakRssBytes())
        .filter(Objects::nonNull)
        .max(Long::compare)
        .orElse(null);
  }

  /// Median over the samples.
  public @Nullable Double prefillPercentOfLimit() {
    return percentOfLimit(limits -> limits.prefillPercent());
  }

  /// Median over the samples.
  public @Nullable Double decodePercentOfLimit() {
    return percentOfLimit(Sample.Limits::decodePercent);
  }

  private @Nullable Double percentOfLimit(
      java.util.function.Function<Sample.Limits, @Nullable Double> figure) {
    List<Double> values = new ArrayList<>();
    for (Sample sample : timed) {
      Double value = sample.limits() == null ? null : figure.apply(sample.limits());
      if (value != null) {
        values.add(value);
      }
    }
    return new Distribution(values.stream().mapToDouble(d -> d).toArray()).median();
  }

  /// How many times as fast this backend is as `baseline`. Only pairs of samples that belong to the
  /// same prompt, round and fork are compared.
  ///
  /// @param millis which time, for example [Sample.Timing#decodeMillis]
  public @Nullable SpeedUp speedUpOver(
      Summary baseline, ToDoubleFunction<Sample.Timing> millis, VerdictRule rule) {
    return SpeedUp.of(logRatiosByFork(baseline, millis), rule);
  }

  /// How many forks it takes to tell a difference of `effect` from `baseline` nine times in ten, by
  /// the spread of these.
  public OptionalInt forksToTell(
      double effect, Summary baseline, ToDoubleFunction<Sample.Timing> millis, VerdictRule rule) {
    return SpeedUp.forksToTell(effect, logRatiosByFork(baseline, millis), rule);
  }

  /// For each fork, the logarithms of its rounds' ratios, in order: above 0 is faster than
  /// `baseline`.
  ///
  /// @return empty where one of them is above the machine's limit and does not say why
  public List<double[]> logRatiosByFork(Summary baseline, ToDoubleFunction<Sample.Timing> millis) {
    if (aboveLimit() != null || baseline.aboveLimit() != null) {
      return List.of();
    }
    Map<Sample.Key, Double> base = new HashMap<>();
    baseline.timed.forEach(sample -> base.put(pairing(sample), time(sample, millis)));
    Map<Integer, Map<Integer, List<Double>>> logRatios = new TreeMap<>();
    for (Sample sample : timed) {
      Double other = base.get(pairing(sample));
      double own = time(sample, millis);
      if (other != null && own > 0 && other > 0) {
        logRatios
            .computeIfAbsent(sample.key().fork(), fork -> new TreeMap<>())
            .computeIfAbsent(sample.key().round(), round -> new ArrayList<>())
            .add(Math.log(other / own));
      }
    }
    List<double[]> byFork = new ArrayList<>();
    for (Map<Integer, List<Double>> rounds : logRatios.values()) {
      byFork.add(
          rounds.values().stream()
              .mapToDouble(r -> r.stream().mapToDouble(d -> d).average().orElseThrow())
              .toArray());
    }
    return byFork;
  }

  /// By what it is faster than the machine allows, where it does not say why it may be.
  public @Nullable AboveLimit aboveLimit() {
    return AboveLimit.of(timed);
  }

  private static Sample.Key pairing(Sample sample) {
    Sample.Key key = sample.key();
    return new Sample.Key(key.fork(), key.round(), "", "", key.promptId());
  }

  private static double time(Sample sample, ToDoubleFunction<Sample.Timing> millis) {
    Sample.Timing timing = sample.timing();
    return timing == null ? 0 : millis.applyAsDouble(timing);
  }

  /// Whether one of its answers was wrong, whatever else happened: its speed on the others would
  /// flatter it.
  public boolean isWrong() {
    return all.stream().anyMatch(sample -> sample.status() == Status.MISMATCH);
  }

  /// The worst status of all samples: the first that is not `ok`, else `ok`; `not_run` if there are
  /// none.
  public Status status() {
    return all.stream()
        .map(Sample::status)
        .filter(status -> status != Status.OK)
        .findFirst()
        .orElse(all.isEmpty() ? Status.NOT_RUN : Status.OK);
  }

  /// The worst match of all samples; null if none was compared.
  public @Nullable MatchClass match() {
    return all.stream()
        .map(Sample::match)
        .filter(Objects::nonNull)
        .max(Comparator.naturalOrder())
        .orElse(null);
  }

  /// Whether the backend declares itself approximate.
  public boolean isApproximate() {
    return all.stream().anyMatch(sample -> sample.match() == MatchClass.APPROXIMATE);
  }

  /// Why the first sample that is not `ok` is not; blank if all are.
  public String reason() {
    return all.stream()
        .filter(sample -> sample.status() != Status.OK)
        .map(Sample::reason)
        .findFirst()
        .orElse("");
  }

  public String device() {
    return all.stream().map(Sample::device).filter(d -> !d.isEmpty()).findFirst().orElse("");
  }

  private java.util.stream.Stream<Sample.Timing> timings() {
    return timed.stream().map(Sample::timing).filter(Objects::nonNull);
  }

  private Distribution distribution(ToDoubleFunction<Sample.Timing> figure) {
    return new Distribution(timings().mapToDouble(figure).toArray());
  }
}
