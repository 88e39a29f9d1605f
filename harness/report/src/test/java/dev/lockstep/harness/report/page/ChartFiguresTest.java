package dev.lockstep.harness.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.harness.measurement.statistics.Sample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/// What the charts show in a real browser is what the files say.
class ChartFiguresTest extends PageInBrowser {
  @Test
  void theChartShowsWhatTheFilesSay() throws Exception {
    open(RunsForTests.samples(names(3), 5, 3, 8), "x", 5);
    JsonNode bars =
        browser.evaluate(
            "Array.from(document.querySelectorAll('figure[data-chart=staircase] .mark'),"
                + " e => [e.dataset.series, e.dataset.x, e.dataset.low, e.dataset.high])");
    List<List<String>> summary = summary();
    List<String> columns = summary.getFirst();
    assertEquals(summary.size() - 1, bars.size());
    for (int i = 0; i < bars.size(); i++) {
      List<String> row = summary.get(i + 1);
      assertEquals(row.getFirst(), bars.path(i).path(0).asText());
      List<String> shown = List.of("decode_speedup", "decode_speedup_low", "decode_speedup_high");
      for (int c = 0; c < shown.size(); c++) {
        double expected = Double.parseDouble(row.get(columns.indexOf(shown.get(c))));
        double actual = bars.path(i).path(c + 1).asDouble();
        assertEquals(expected, actual, 1e-5 * expected, shown.get(c));
      }
    }
  }

  @Test
  void everyOtherChartShowsWhatTheFilesSay() throws Exception {
    List<Sample> samples = RunsForTests.samples(names(3), 5, 3, 8);
    open(samples, "x", 5);
    assertMarks("first-token", "x", column("ttft_ms_median"));
    assertMarks("limit", "x", column("decode_pct_of_limit"));
    List<Double> gaps = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (String name : names(3)) {
      for (int i = 0; i < 7; i++) {
        int token = i;
        gaps.add(median(samples, name, sample -> timing(sample).itlMillis()[token]));
      }
      for (int fork = 1; fork <= 5 && !name.equals("backend-1"); fork++) {
        int at = fork;
        ratios.add(
            median(
                samples.stream().filter(sample -> sample.key().fork() == at).toList(),
                name,
                sample ->
                    timing(twin(samples, sample)).decodeMillis() / timing(sample).decodeMillis()));
      }
    }
    assertMarks("tokens", "y", gaps);
    assertMarks("forks", "x", ratios);
  }

  private void assertMarks(String chart, String coordinate, List<Double> expected)
      throws Exception {
    JsonNode marks =
        browser.evaluate(
            "Array.from(document.querySelectorAll('figure[data-chart=%s] .mark'), e => e.dataset.%s)"
                .formatted(chart, coordinate));
    assertEquals(expected.size(), marks.size(), chart);
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i), marks.path(i).asDouble(), 1e-5 * expected.get(i), chart);
    }
  }

  private List<Double> column(String name) throws IOException {
    List<List<String>> summary = summary();
    int column = summary.getFirst().indexOf(name);
    return summary.stream().skip(1).map(row -> Double.valueOf(row.get(column))).toList();
  }

  private static Sample.Timing timing(Sample sample) {
    return Objects.requireNonNull(sample.timing());
  }

  /// The sample of the first backend in the same round.
  private static Sample twin(List<Sample> samples, Sample sample) {
    return samples.stream()
        .filter(
            other ->
                other.key().backend().equals("backend-1")
                    && other.key().fork() == sample.key().fork()
                    && other.key().round() == sample.key().round())
        .findFirst()
        .orElseThrow();
  }

  private static double median(
      List<Sample> samples, String backend, ToDoubleFunction<Sample> figure) {
    double[] sorted =
        samples.stream()
            .filter(sample -> sample.key().backend().equals(backend))
            .mapToDouble(figure)
            .sorted()
            .toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  @Test
  void theOperationsOfEveryBackendAreDrawn() throws Exception {
    List<String> backends = new ArrayList<>(names(11));
    backends.add(RunsForTests.HOSTILE);
    Path run = directory.resolve("run");
    RunsForTests.write(run, RunsForTests.samples(backends, 1, 2, 8), "x");
    RunsForTests.writeOperations(run, backends);
    hold(ReportFiles.write(run), 6);
    JsonNode marks =
        browser.evaluate(
            "Array.from(document.querySelectorAll('figure[data-chart=operations-5] .mark'),"
                + " e => [e.dataset.series, e.dataset.x, e.dataset.low || ''])");
    assertEquals(3 * backends.size(), marks.size());
    for (int i = 0; i < marks.size(); i++) {
      double millis = 8 / Math.pow(2, i / 3) * List.of(0.75, 0.05, 0.2).get(i % 3);
      assertEquals(backends.get(i / 3), marks.path(i).path(0).asText());
      assertEquals(millis, marks.path(i).path(1).asDouble(), 1e-9 * millis);
      String limit = marks.path(i).path(2).asText();
      double expected = millis * (i % 3 == 0 ? 0.125 : 0.5);
      if (i % 3 == 1) {
        assertEquals("", limit);
      } else {
        assertEquals(expected, Double.parseDouble(limit), 1e-9 * expected);
      }
    }
  }

  private List<List<String>> summary() throws IOException {
    return Files.readAllLines(directory.resolve("run").resolve("summary.csv")).stream()
        .map(line -> List.of(line.split(",", -1)))
        .toList();
  }

  @Test
  void theDataOfThePageIsTheFilesData() throws Exception {
    open(RunsForTests.samples(names(2), 1, 2, 8), RunsForTests.HOSTILE, 4);
    assertEquals(
        4,
        browser
            .evaluate(
                "JSON.parse(document.getElementById('run-1-data').textContent).samples.rows.length")
            .asInt());
    assertEquals(
        RunsForTests.HOSTILE,
        browser
            .evaluate(
                "JSON.parse(document.getElementById('run-1-data').textContent).environment.model.name")
            .asText());
  }
}
