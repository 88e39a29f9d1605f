package dev.lockstep.harness.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.report.page.Browser.Screen;
import dev.lockstep.tck.Requirement;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A browser for tests of pages, one for all of a class: starting it takes longer than they do.
abstract class PageInBrowser {
  static final Screen DESK = new Screen(1000, "light");
  private static final Screen PHONE = new Screen(375, "dark");

  @TempDir private static Path ofTheBrowser = Path.of("");
  private static @Nullable Browser started;

  @TempDir Path directory = Path.of("");
  Browser browser;

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
      started = null;
    }
  }

  /// Opens a run on a desk and on a phone, and holds it to what holds for every page.
  void open(List<Sample> samples, String text, int charts) throws Exception {
    Path run = directory.resolve("run");
    RunsForTests.write(run, samples, text);
    hold(ReportFiles.write(run), charts);
  }

  void hold(Path page, int charts) throws Exception {
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

  int count(String selector) throws Exception {
    return browser.evaluate("document.querySelectorAll('" + selector + "').length").asInt();
  }

  static List<String> names(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(i -> "backend-" + i).toList();
  }
}
