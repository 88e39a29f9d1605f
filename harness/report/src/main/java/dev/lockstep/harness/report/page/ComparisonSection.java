package dev.lockstep.harness.report.page;

import dev.lockstep.harness.measurement.compare.Comparison;
import dev.lockstep.harness.measurement.compare.Comparison.Row;
import dev.lockstep.harness.measurement.compare.RecordedRun;
import dev.lockstep.harness.measurement.compare.RunComparison;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import dev.lockstep.harness.report.ComparisonReport;
import dev.lockstep.harness.report.RunResults;
import dev.lockstep.harness.report.charts.Chart;
import dev.lockstep.harness.report.charts.Chart.Axis;
import dev.lockstep.harness.report.charts.Chart.Kind;
import dev.lockstep.harness.report.charts.Chart.Point;
import dev.lockstep.harness.report.charts.Chart.Series;
import dev.lockstep.harness.report.page.Html.Cell;
import dev.lockstep.harness.worker.error.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The part of a page about several runs that holds each of them against the first, as
/// `lockstep compare` does without options.
final class ComparisonSection {
  /// The sections of runs count from 1.
  private static final int NUMBER = 0;

  private final List<RunResults> runs;
  private final List<String> colours;
  private final List<Chart> drawn = new ArrayList<>();

  /// @param runs two or more
  /// @param colours the backends of the page
  ComparisonSection(List<RunResults> runs, List<String> colours) {
    this.runs = runs;
    this.colours = colours;
  }

  void writeTo(Html html) {
    html.markup("<section class=\"run\" id=\"comparison\">\n");
    for (int i = 1; i < runs.size(); i++) {
      compare(html, runs.getFirst(), runs.get(i));
    }
    RunSection.script(html, NUMBER, "charts", RawData.of(drawn));
    html.markup("</section>\n");
  }

  private void compare(Html html, RunResults before, RunResults after) {
    html.element("h2", "%s, compared with %s".formatted(after.name(), before.name()));
    Comparison comparison;
    try {
      comparison =
          RunComparison.of(
              recorded(before),
              recorded(after),
              VerdictRule.GIVEN_FORKS.noiseThreshold(),
              List.of());
    } catch (UserError e) {
      html.element("p", "There is nothing to compare: " + e.getMessage() + ".");
      return;
    }
    ComparisonReport report = new ComparisonReport(comparison);
    html.list(
        List.of(
            "A: " + comparison.before(),
            "B: " + comparison.after(),
            "compared: " + comparison.compared()));
    Chart chart = chart(comparison);
    if (chart != null) {
      drawn.add(chart);
      RunSection.figure(html, NUMBER, chart);
    }
    html.table(
        "B over A is how many times as fast B is, linked by backends that did not change. The detectable difference is the smallest that would have been told nine times in ten.",
        ComparisonReport.HEADER,
        report.lines().stream().map(ComparisonSection::cells).toList());
    if (!report.notes().isEmpty()) {
      html.list(report.notes());
    }
  }

  /// Where the directory lies is not the page's concern.
  private static RecordedRun recorded(RunResults run) {
    return new RecordedRun(Path.of(run.name()), run.environment(), run.samples());
  }

  private static List<Cell> cells(List<String> line) {
    List<Cell> cells = new ArrayList<>();
    for (int i = 0; i < line.size(); i++) {
      cells.add(
          ComparisonReport.WORDS.contains(i) ? Cell.words(line.get(i)) : Cell.number(line.get(i)));
    }
    return cells;
  }

  /// Where the options are what is compared, that of the first.
  private int colour(String backend) {
    return Math.max(0, colours.indexOf(backend.split(" → ", 2)[0]));
  }

  /// A bar for each figure over all that is compared; null if nothing can be said of any.
  private @Nullable Chart chart(Comparison comparison) {
    List<Series> series = new ArrayList<>();
    for (Row row : comparison.rows()) {
      SpeedUp speedUp = row.speedUp();
      if (row.whole() && speedUp != null) {
        series.add(
            new Series(
                row.backend() + ", " + row.metric().title(),
                colour(row.backend()),
                List.of(
                    new Point(
                        speedUp.ratio(),
                        null,
                        speedUp.low(),
                        speedUp.high(),
                        String.format(
                            Locale.ROOT,
                            "%.3f× · %s",
                            speedUp.ratio(),
                            row.conclusion().label())))));
      }
    }
    return series.isEmpty()
        ? null
        : new Chart(
            String.format(Locale.ROOT, "comparison-%d", drawn.size() + 1),
            "How many times as fast B is",
            Kind.BARS,
            new Axis("times as fast as A", true, 1.0),
            null,
            series);
  }
}
