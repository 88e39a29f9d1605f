package dev.lockstep.harness.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.report.page.Browser.Screen;
import dev.lockstep.tck.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page in a real browser, from disk.
class ReportInBrowserTest {
  private static final Screen DESK = new Screen(1000, "light");
  private static final Screen PHONE = new Screen(375, "dark");

  @TempDir private static Path ofTheBrowser = Path.of("");
  private static @Nullable Browser started;

  @TempDir private Path directory = Path.of("");
  private Browser browser;

  /// One for all tests: starting it takes longer than they do.
  @BeforeEach
  void startTheBrowser() throws Exception {
    Requirement.require("browser", Browser.missing());
    if (started == null) {
      started = new Browser(ofTheBrowser.resolve("profile"));
    }
    browser = started;
  }

  @AfterAll
  static void endTheBrowser() {
    if (started != null) {
      started.close();
    }
  }

  /// Opens a run on a desk and on a phone, and holds it to what holds for every page.
  private void open(List<Sample> samples, String text, int charts) throws Exception {
    Path run = directory.resolve("run");
    RunsForTests.write(run, samples, text);
    hold(ReportFiles.write(run), charts);
  }

  private void hold(Path page, int charts) throws Exception {
    for (Screen screen : List.of(DESK, PHONE)) {
      browser.open(page, screen);
      assertEquals(List.of(), browser.complaints(), screen.toString());
      assertEquals(List.of(page.toUri().toString()), browser.requests(), screen.toString());
      assertEquals(charts, count("figure > svg"), screen.toString());
      assertTrue(
          browser.evaluate("document.documentElement.scrollWidth").asInt() <= screen.width(),
          screen.toString());
      assertEquals(0, count("img"), "markup from text");
    }
  }

  private int count(String selector) throws Exception {
    return browser.evaluate("document.querySelectorAll('" + selector + "').length").asInt();
  }

  private static List<String> names(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(i -> "backend-" + i).toList();
  }

  @Test
  void oneBackend() throws Exception {
    open(RunsForTests.samples(names(1), 1, 2, 8), "x", 4);
  }

  @Test
  void twelveBackendsWithForksDrawEveryChart() throws Exception {
    open(RunsForTests.samples(names(12), 5, 2, 8), "x", 5);
  }

  @Test
  void failuresOnlyHaveNoChart() throws Exception {
    open(RunsForTests.failures(names(3), "no device"), "x", 0);
  }

  @Test
  void oneSampleOfOneToken() throws Exception {
    open(RunsForTests.samples(names(1), 1, 1, 1), "x", 2);
  }

  @Test
  void tenThousandTokens() throws Exception {
    open(RunsForTests.samples(names(2), 1, 1, 10_000), "x", 4);
    assertTrue(count("figure[data-chart=tokens] .mark") <= 512, "points");
  }

  @Test
  void hostileText() throws Exception {
    String hostile = RunsForTests.HOSTILE;
    open(RunsForTests.samples(List.of("naive", hostile), 2, 2, 8), hostile, 5);
  }

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
  void severalRunsAreOnePage() throws Exception {
    List<String> backends = List.of("naive", "kvcache", RunsForTests.HOSTILE);
    Path first = directory.resolve("first");
    Path second = directory.resolve("second");
    for (Path run : List.of(first, second)) {
      RunsForTests.write(run, RunsForTests.samples(backends, 5, 2, 8), "x");
    }
    Path page = directory.resolve("both.html");
    ReportFiles.write(page, List.of(first, second));
    hold(page, 1 + 2 * 5);
    JsonNode ratios =
        browser.evaluate(
            "Array.from(document.querySelectorAll('figure[data-chart=comparison-1] .mark'),"
                + " e => e.dataset.x)");
    assertTrue(ratios.size() >= backends.size(), ratios.toString());
    for (JsonNode ratio : ratios) {
      assertEquals(1, ratio.asDouble(), 1e-9, "the samples are the same");
    }
  }

  @Test
  void aBackendHasOneColourInAllChartsOfAllRuns() throws Exception {
    Path first = directory.resolve("first");
    Path second = directory.resolve("second");
    RunsForTests.write(
        first, RunsForTests.samples(List.of("naive", "kvcache", "simd"), 5, 2, 8), "x");
    RunsForTests.write(second, RunsForTests.samples(List.of("simd", "naive"), 5, 2, 8), "x");
    Path page = directory.resolve("both.html");
    ReportFiles.write(page, List.of(first, second));
    browser.open(page, DESK);
    JsonNode colours =
        browser.evaluate(
            "Array.from(document.querySelectorAll('.mark')).filter(e => e.dataset.series.startsWith('simd'))"
                + ".map(e => e.style.fill).filter((fill, i, all) => all.indexOf(fill) === i)");
    assertEquals(1, colours.size(), colours.toString());
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
  void lightAndDarkDiffer() throws Exception {
    String paper = "getComputedStyle(document.documentElement).backgroundColor";
    open(RunsForTests.samples(names(2), 1, 1, 8), "x", 4);
    Path page = directory.resolve("run").resolve(ReportFiles.PAGE);
    String dark = browser.evaluate(paper).asText();
    browser.open(page, DESK);
    assertNotEquals(dark, browser.evaluate(paper).asText());
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

  @Test
  void aChartIsSavedAsOneSvgFileWithItsColours() throws Exception {
    open(RunsForTests.samples(names(2), 1, 2, 8), "x", 4);
    String saved =
        browser
            .evaluate(
                "(() => { const kept = []; const serialize = XMLSerializer.prototype.serializeToString;"
                    + " XMLSerializer.prototype.serializeToString = function (e) {"
                    + " const text = serialize.call(this, e); kept.push(text); return text; };"
                    + " document.querySelector('figure button').click(); return kept[0]; })()")
            .asText();
    assertTrue(saved.startsWith("<svg") && saved.contains("fill=\"rgb("), saved);
    assertEquals(List.of(), browser.complaints());
  }
}
