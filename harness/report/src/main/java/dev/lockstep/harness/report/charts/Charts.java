package dev.lockstep.harness.report.charts;

import dev.lockstep.harness.measurement.statistics.Estimators;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import dev.lockstep.harness.measurement.statistics.Summary;
import dev.lockstep.harness.report.Figures;
import dev.lockstep.harness.report.Standing;
import dev.lockstep.harness.report.charts.Chart.Axis;
import dev.lockstep.harness.report.charts.Chart.Kind;
import dev.lockstep.harness.report.charts.Chart.Point;
import dev.lockstep.harness.report.charts.Chart.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The charts of a run. Their figures are those of the tables.
public final class Charts {
  private final List<Standing> standings;

  /// @param standings of a run
  public Charts(List<Standing> standings) {
    this.standings = standings;
  }

  /// How many times as fast each backend decodes as the baseline. Null if there is nothing to
  /// compare.
  public @Nullable Chart staircase() {
    List<Series> series = bars(Charts::speedUp);
    return chart(
        "staircase",
        "How fast each backend decodes",
        Kind.BARS,
        new Axis("times as fast as " + baseline(), true, 1.0),
        series);
  }

  private String baseline() {
    return standings.stream()
        .filter(Standing::isBaseline)
        .map(Standing::label)
        .findFirst()
        .orElse("");
  }

  private static @Nullable Point speedUp(Standing standing) {
    SpeedUp speedUp = standing.speedUp();
    Double rate = standing.summary().decodeTokensPerSecond();
    return speedUp == null || rate == null
        ? null
        : new Point(
            speedUp.ratio(),
            null,
            speedUp.low(),
            speedUp.high(),
            Figures.ratio(speedUp) + "× · " + Figures.number(rate) + " tok/s");
  }

  /// Median time to first token by the length of the prompt; bars if all are of one length.
  public @Nullable Chart firstToken() {
    boolean oneLength =
        standings.stream()
                .filter(Standing::hasSpeed)
                .flatMap(standing -> byLength(standing).keySet().stream())
                .distinct()
                .count()
            == 1;
    if (oneLength) {
      return chart(
          "first-token",
          "Time to first token",
          Kind.BARS,
          new Axis("median, milliseconds", true, null),
          bars(Charts::firstToken));
    }
    return new Lines("first-token", "Time to first token by prompt length")
        .of(
            standings,
            Charts::firstTokens,
            new Axis("prompt tokens", true, null),
            new Axis("milliseconds", true, null));
  }

  private static @Nullable Point firstToken(Standing standing) {
    Double median = standing.hasSpeed() ? standing.summary().ttftMillis().median() : null;
    return median == null
        ? null
        : new Point(median, null, null, null, Figures.number(median) + " ms");
  }

  private static List<Point> firstTokens(Standing standing) {
    List<Point> points = new ArrayList<>();
    byLength(standing)
        .forEach(
            (length, summary) ->
                points.add(new Point(length, summary.ttftMillis().median(), null, null, "")));
    return points;
  }

  /// A backend's timed samples, by the length of the prompt.
  public static Map<Integer, Summary> byLength(Standing standing) {
    return standing.samples().stream()
        .filter(Sample::isTimed)
        .collect(
            Collectors.groupingBy(
                Sample::promptTokens,
                TreeMap::new,
                Collectors.collectingAndThen(Collectors.toList(), Summary::new)));
  }

  /// The latency of each token by its position, and the stalls. Null if no file tells the gaps.
  public @Nullable Chart tokens() {
    return new Lines("tokens", "Latency of each token by position")
        .of(
            standings,
            standing ->
                TokenLatency.of(standing.samples()).stream()
                    .map(at -> new Point(at.position(), at.median(), null, at.stall(), ""))
                    .toList(),
            new Axis("position", false, null),
            new Axis("milliseconds", true, null));
  }

  /// How close each backend comes to the limit when it decodes.
  public @Nullable Chart limit() {
    return chart(
        "limit",
        "Decoding against the limit",
        Kind.BARS,
        new Axis("percent of the limit", false, 0.0),
        bars(
            standing -> {
              Double percent =
                  standing.hasSpeed() ? standing.summary().decodePercentOfLimit() : null;
              return percent == null
                  ? null
                  : new Point(percent, null, null, null, Figures.percent(percent) + " %");
            }));
  }

  /// The speed-up in each fork. Null with one fork.
  public @Nullable Chart forks() {
    List<Series> series = new ArrayList<>();
    for (Standing standing : standings) {
      List<Double> ratios = forkRatios(standing, standings);
      if (ratios.size() > 1 && !standing.isBaseline()) {
        series.add(
            new Series(
                standing.label(),
                standing.colour(),
                ratios.stream().map(ratio -> new Point(ratio, null, null, null, "")).toList()));
      }
    }
    return chart(
        "forks",
        "The same ratio in every fork",
        Kind.DOTS,
        new Axis("times as fast as " + baseline(), true, 1.0),
        series);
  }

  /// How many times as fast a backend was as the baseline in each fork: the median over its rounds.
  ///
  /// @param standings of the run
  public static List<Double> forkRatios(Standing standing, List<Standing> standings) {
    return standing.isCompared()
        ? standings.stream()
            .filter(Standing::isBaseline)
            .flatMap(
                baseline ->
                    standing
                        .summary()
                        .logRatiosByFork(baseline.summary(), Sample.Timing::decodeMillis)
                        .stream())
            .map(ratios -> Math.exp(Estimators.median(ratios)))
            .toList()
        : List.of();
  }

  private List<Series> bars(Function<Standing, @Nullable Point> bar) {
    List<Series> series = new ArrayList<>();
    for (Standing standing : standings) {
      Point point = bar.apply(standing);
      if (point != null) {
        series.add(new Series(standing.label(), standing.colour(), List.of(point)));
      }
    }
    return series;
  }

  private static @Nullable Chart chart(
      String id, String title, Kind kind, Axis x, List<Series> series) {
    return series.isEmpty() ? null : new Chart(id, title, kind, x, null, series);
  }

  /// A chart of lines.
  private record Lines(String id, String title) {
    @Nullable Chart of(
        List<Standing> standings, Function<Standing, List<Point>> points, Axis x, Axis y) {
      List<Series> series = new ArrayList<>();
      for (Standing standing : standings) {
        List<Point> own = standing.hasSpeed() ? points.apply(standing) : List.of();
        if (!own.isEmpty()) {
          series.add(new Series(standing.label(), standing.colour(), own));
        }
      }
      return series.isEmpty() ? null : new Chart(id, title, Kind.LINES, x, y, series);
    }
  }
}
