package dev.lockstep.harness.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The page in a real browser, from disk.
class ReportInBrowserTest extends PageInBrowser {
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
  void lightAndDarkDiffer() throws Exception {
    String paper = "getComputedStyle(document.documentElement).backgroundColor";
    open(RunsForTests.samples(names(2), 1, 1, 8), "x", 4);
    Path page = directory.resolve("run").resolve(ReportFiles.PAGE);
    String dark = browser.evaluate(paper).asText();
    browser.open(page, DESK);
    assertNotEquals(dark, browser.evaluate(paper).asText());
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
