package dev.lockstep.harness.report.page;

import dev.lockstep.harness.measurement.operations.OperationTimes;
import dev.lockstep.harness.report.Figures;
import dev.lockstep.harness.report.ResultSentence;
import dev.lockstep.harness.report.RunCommandLine;
import dev.lockstep.harness.report.RunResults;
import dev.lockstep.harness.report.Standing;
import dev.lockstep.harness.report.charts.Chart;
import dev.lockstep.harness.report.charts.Charts;
import dev.lockstep.harness.report.charts.OperationCharts;
import dev.lockstep.model.format.OneLine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The part of a page that shows one run: the result first, then what it rests on.
final class RunSection {
  private static final int MAX_TITLE = 80;

  private final RunResults run;
  private final int number;
  private final boolean named;
  private final List<Standing> standings;
  private final Charts charts;
  private final RunTables tables;
  private final List<Chart> drawn = new ArrayList<>();

  /// @param number of the section, from 1
  /// @param named whether to say which directory it is
  /// @param colours the backends of the page
  RunSection(RunResults run, int number, boolean named, List<String> colours) {
    this.run = run;
    this.number = number;
    this.named = named;
    standings = Standing.of(run, colours);
    charts = new Charts(standings);
    tables = new RunTables(standings);
  }

  /// What a run is called.
  static String title(RunResults run) {
    String model = OneLine.of(run.environmentText("model", "name"), MAX_TITLE);
    return "Lockstep: " + (model.isEmpty() ? "unknown model" : model);
  }

  void writeTo(Html html) {
    html.markup(String.format(Locale.ROOT, "<section class=\"run\" id=\"run-%d\">\n", number));
    if (named) {
      html.element("h2", run.name() + ": " + title(run).replace("Lockstep: ", ""));
    }
    html.element("p class=\"where\"", where());
    result(html);
    heading(html, "Speed");
    figure(html, charts.staircase());
    tables.speed(html);
    heading(html, "Time to first token");
    figure(html, charts.firstToken());
    tables.firstToken(html);
    heading(html, "Latency of each token");
    figure(html, charts.tokens());
    tables.tokens(html);
    heading(html, "How close to the machine's limit");
    figure(html, charts.limit());
    tables.limit(html);
    operations(html);
    heading(html, "What could be told apart");
    tables.verdicts(html);
    heading(html, "Are the answers right?");
    new VerificationMatrix(run).writeTo(html);
    heading(html, "Notes and warnings");
    notes(html);
    heading(html, "Every fork by itself");
    figure(html, charts.forks());
    tables.forks(html);
    heading(html, "Environment");
    new EnvironmentTables(run).writeTo(html);
    heading(html, "Repeat it");
    html.element("pre class=\"command\"", RunCommandLine.of(run));
    data(html);
    html.markup("</section>\n");
  }

  private String where() {
    String started = run.environmentText("started_at");
    return "%s%s".formatted(run.machine(), started.length() < 16 ? "" : ", " + day(started));
  }

  private static String day(String started) {
    return started.substring(0, 16).replace('T', ' ') + " UTC";
  }

  private void result(Html html) {
    ResultSentence sentence = new ResultSentence(run, standings);
    html.markup("<div class=\"result\">\n");
    for (String warning : run.warnings()) {
      html.element("p class=\"doubt\"", "Warning: " + warning + ".");
    }
    html.element("p class=\"sentence\"", sentence.text());
    String noVerdict = sentence.noVerdict();
    if (noVerdict != null) {
      html.element("p", noVerdict).element("pre class=\"command\"", sentence.verdictCommand());
    }
    html.markup("</div>\n");
  }

  /// What a run that is older, or too short, did not look into has no heading either.
  private void operations(Html html) {
    Map<String, List<OperationTimes>> byPass = OperationCharts.byPass(run.operations());
    if (byPass.isEmpty()) {
      return;
    }
    heading(html, "Where the time goes");
    byPass.forEach(
        (pass, times) -> {
          String id = String.format(Locale.ROOT, "operations-%d", drawn.size());
          figure(html, OperationCharts.of(id, pass, times, standings));
          OperationRows.table(html, pass, times);
        });
    html.list(run.operations().stream().map(OperationRows::summary).toList());
  }

  private void heading(Html html, String text) {
    html.element(named ? "h3" : "h2", text);
  }

  /// A place for a chart, which the script fills.
  private void figure(Html html, @Nullable Chart chart) {
    if (chart == null) {
      return;
    }
    drawn.add(chart);
    figure(html, number, chart);
  }

  /// @param number of the section whose data holds the chart
  static void figure(Html html, int number, Chart chart) {
    html.markup(
            String.format(
                Locale.ROOT, "<figure data-run=\"%d\" data-chart=\"%s\">", number, chart.id()))
        .markup("<noscript>")
        .element("p", "The chart needs scripts. Its figures are in the table below.")
        .markup("</noscript></figure>\n");
  }

  private void notes(Html html) {
    List<String> notes = run.allNotes();
    if (notes.isEmpty()) {
      html.element("p", "Nothing was noticed that speaks against these figures.");
    } else {
      html.list(notes);
    }
  }

  private void data(Html html) {
    html.element(
        "p class=\"small\"",
        String.format(
            Locale.ROOT,
            "The files of this run, %d samples, are in this page as JSON: in the script element"
                + " run-%d-data, in the columns of results/SCHEMA.md.",
            run.samples().size(),
            number));
    script(html, number, "data", RawData.of(run));
    script(html, number, "charts", RawData.of(drawn));
  }

  /// Data for the page's script, and for other programs.
  static void script(Html html, int number, String what, String json) {
    html.markup(
            String.format(
                Locale.ROOT, "<script type=\"application/json\" id=\"run-%d-%s\">", number, what))
        .markup(json)
        .markup("</script>\n");
  }

  /// A figure, blank where it was not measured.
  static Html.Cell cell(@Nullable Double value) {
    return Html.Cell.number(Figures.number(value));
  }
}
