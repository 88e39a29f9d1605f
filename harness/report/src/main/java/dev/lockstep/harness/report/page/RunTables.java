package dev.lockstep.harness.report.page;

import dev.lockstep.harness.measurement.statistics.Agreement;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import dev.lockstep.harness.measurement.statistics.Summary;
import dev.lockstep.harness.report.Figures;
import dev.lockstep.harness.report.Standing;
import dev.lockstep.harness.report.charts.Charts;
import dev.lockstep.harness.report.charts.TokenLatency;
import dev.lockstep.harness.report.page.Html.Cell;
import dev.lockstep.harness.verification.MatchClass;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The tables of a run's figures, which say all that its charts show.
final class RunTables {
  private final List<Standing> standings;
  private final String baseline;

  RunTables(List<Standing> standings) {
    this.standings = standings;
    baseline =
        standings.stream()
            .filter(Standing::isBaseline)
            .map(Standing::label)
            .findFirst()
            .orElse("none");
  }

  void speed(Html html) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Standing standing : standings) {
      Summary summary = standing.summary();
      boolean timed = standing.hasSpeed();
      rows.add(
          List.of(
              Cell.words(standing.label()),
              new Cell(standing.match(), matchKind(summary)),
              Cell.words(summary.device()),
              RunSection.cell(timed ? summary.ttftMillis().median() : null),
              RunSection.cell(timed ? summary.decodeTokensPerSecond() : null),
              Cell.number(timed ? Figures.percent(summary.decodeSpreadPercent()) : ""),
              Cell.number(Figures.speedUp(standing.speedUp())),
              Cell.number(Figures.speedUp(standing.gain())),
              Cell.number(timed ? Figures.percent(summary.decodePercentOfLimit()) : "")));
    }
    html.table(
        "Speed-up is over %s, gain is over the backend before it: ratios of decoding times within a round, as geometric means."
            .formatted(baseline),
        List.of(
            "backend",
            "match",
            "device",
            "TTFT ms",
            "decode tok/s",
            "spread %",
            "speed-up",
            "gain",
            "% of limit"),
        rows);
    approximate(html);
  }

  private static String matchKind(Summary summary) {
    MatchClass match = summary.match();
    return match == null ? "" : match.name().toLowerCase(Locale.ROOT);
  }

  private void approximate(Html html) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Standing standing : standings) {
      Agreement agreement = standing.agreement();
      if (agreement != null) {
        rows.add(
            List.of(
                Cell.words(standing.label()),
                Cell.number(share(agreement.prompts())),
                Cell.number(share(agreement.tokens())),
                Cell.number(share(agreement.sameBest())),
                Cell.number(scientific(agreement.meanDivergence()))));
      }
    }
    if (!rows.isEmpty()) {
      html.table(
          "Approximate backends compute something else, so they have no speed-up. How their answers agree:",
          List.of(
              "backend",
              "% of prompts identical",
              "% of tokens equal",
              "% with the same best token",
              "KL mean"),
          rows);
    }
  }

  private static String share(@Nullable Double share) {
    return share == null ? "" : String.format(Locale.ROOT, "%.1f", 100 * share);
  }

  private static String scientific(@Nullable Double value) {
    return value == null ? "" : String.format(Locale.ROOT, "%.1e", value);
  }

  void firstToken(Html html) {
    TreeSet<Integer> lengths = new TreeSet<>();
    standings.forEach(standing -> lengths.addAll(Charts.byLength(standing).keySet()));
    List<String> header = new ArrayList<>(List.of("backend"));
    lengths.forEach(length -> header.add(String.format(Locale.ROOT, "%d tokens", length)));
    header.addAll(List.of("cold start", "load"));
    List<List<Cell>> rows = new ArrayList<>();
    for (Standing standing : standings) {
      if (standing.hasSpeed()) {
        Map<Integer, Summary> byLength = Charts.byLength(standing);
        List<Cell> row = new ArrayList<>(List.of(Cell.words(standing.label())));
        for (int length : lengths) {
          Summary summary = byLength.get(length);
          row.add(RunSection.cell(summary == null ? null : summary.ttftMillis().median()));
        }
        row.add(RunSection.cell(standing.summary().coldTtftMillis()));
        row.add(RunSection.cell(standing.summary().loadMillis()));
        rows.add(row);
      }
    }
    html.table(
        "Median milliseconds to the first token, by prompt tokens; in a fresh process; and to load the model.",
        header,
        rows);
  }

  void tokens(Html html) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Standing standing : standings) {
      List<TokenLatency> latencies =
          standing.hasSpeed() ? TokenLatency.of(standing.samples()) : List.of();
      if (!latencies.isEmpty()) {
        TokenLatency last = latencies.getLast();
        TokenLatency stall =
            latencies.stream()
                .filter(at -> at.stall() != null)
                .max(Comparator.comparingDouble(at -> Objects.requireNonNullElse(at.stall(), 0.0)))
                .orElse(null);
        rows.add(
            List.of(
                Cell.words(standing.label()),
                Cell.number(at(latencies.getFirst())),
                Cell.number(at(latencies.get(latencies.size() / 2))),
                Cell.number(at(last)),
                RunSection.cell(standing.summary().itlMillis().median()),
                RunSection.cell(standing.summary().itlMillis().p99()),
                RunSection.cell(standing.summary().itlMillis().max()),
                Cell.number(
                    Long.toString(latencies.stream().filter(at -> at.stall() != null).count())),
                Cell.number(stall == null ? "" : Integer.toString(stall.position()))));
      }
    }
    if (rows.isEmpty()) {
      html.element("p", "The files of this run do not tell the latency of single tokens.");
    } else {
      html.table(
          "Milliseconds between tokens: the medians at the first, middle and last position, and over all. A stall is a gap of more than three medians.",
          List.of(
              "backend",
              "first",
              "middle",
              "last",
              "median",
              "99th percentile",
              "longest",
              "positions with stalls",
              "longest stall at"),
          rows);
    }
  }

  private static String at(TokenLatency latency) {
    return Figures.number(latency.median());
  }

  void limit(Html html) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Standing standing : standings) {
      if (standing.hasSpeed()) {
        rows.add(
            List.of(
                Cell.words(standing.label()),
                Cell.number(Figures.percent(standing.summary().prefillPercentOfLimit())),
                Cell.number(Figures.percent(standing.summary().decodePercentOfLimit()))));
      }
    }
    html.table(
        "Percent of what the read bandwidth and FMA rate allow that were measured in the same rounds.",
        List.of("backend", "prefill %", "decode %"),
        rows);
  }

  void verdicts(Html html) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Standing standing : standings) {
      SpeedUp speedUp = standing.speedUp();
      if (speedUp != null && !standing.isBaseline()) {
        Double detectable = speedUp.detectable();
        rows.add(
            List.of(
                Cell.words(standing.label()),
                Cell.number(Figures.speedUp(speedUp)),
                Cell.words(
                    Objects.requireNonNullElse(
                        speedUp.verdict(),
                        String.format(Locale.ROOT, "none: it takes %d forks", SpeedUp.MIN_FORKS))),
                Cell.number(detectable == null ? "" : Figures.percent(100 * detectable)),
                Cell.number(Integer.toString(standing.summary().forks())),
                Cell.number(Integer.toString(standing.summary().samples()))));
      }
    }
    if (rows.isEmpty()) {
      html.element("p", "There are no two backends to compare.");
      return;
    }
    html.table(
        "Decoding, compared with %s. The detectable difference is the smallest that would have been told nine times in ten."
            .formatted(baseline),
        List.of("backend", "speed-up", "verdict", "detectable %", "forks", "samples"),
        rows);
  }

  void forks(Html html) {
    List<List<Cell>> rows = new ArrayList<>();
    int forks = 0;
    for (Standing standing : standings) {
      List<Double> ratios = Charts.forkRatios(standing, standings);
      if (!ratios.isEmpty() && !standing.isBaseline()) {
        forks = Math.max(forks, ratios.size());
        List<Cell> row = new ArrayList<>(List.of(Cell.words(standing.label())));
        ratios.forEach(ratio -> row.add(RunSection.cell(ratio)));
        rows.add(row);
      }
    }
    if (rows.isEmpty()) {
      html.element("p", "There are no ratios.");
      return;
    }
    List<String> header = new ArrayList<>(List.of("backend"));
    for (int fork = 1; fork <= forks; fork++) {
      header.add(String.format(Locale.ROOT, "fork %d", fork));
    }
    for (List<Cell> row : rows) {
      while (row.size() < header.size()) {
        row.add(Cell.number(""));
      }
    }
    html.table(
        "How many times as fast as %s in each fork: the median over its rounds."
            .formatted(baseline),
        header,
        rows);
  }
}
