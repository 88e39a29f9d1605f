package dev.lockstep.harness.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportPageTest {
  @TempDir private Path directory = Path.of("");
  private Path run = Path.of("");

  @BeforeEach
  void nameTheRun() {
    run = directory.resolve("run");
  }

  private String page() throws IOException {
    return Files.readString(ReportFiles.write(run));
  }

  @Test
  void withOneForkItGivesNoVerdictAndTheCommandThatWould() throws IOException {
    RunsForTests.write(run, RunsForTests.samples(List.of("naive", "kvcache"), 1, 3, 8), "x");
    String page = page();
    assertTrue(page.contains("kvcache is the fastest: it decodes 2.0"), "sentence");
    assertTrue(page.contains("No verdict: this run has one fork"), "no verdict");
    assertTrue(page.contains("./lockstep run --forks 5 -b naive,kvcache<"), "command");
  }

  @Test
  void withFiveForksTheSentenceHasAnInterval() throws IOException {
    RunsForTests.write(run, RunsForTests.samples(List.of("naive", "kvcache"), 5, 3, 8), "x");
    String page = page();
    assertTrue(page.contains("95 % interval"), "interval");
    assertTrue(page.contains(">faster<"), "verdict");
    assertFalse(page.contains("No verdict"), "verdict");
  }

  @Test
  void hostileTextIsOnlyText() throws IOException {
    String hostile = RunsForTests.HOSTILE;
    RunsForTests.write(run, RunsForTests.samples(List.of("naive", hostile), 2, 2, 4), hostile);
    String page = page();
    assertFalse(page.contains("<img"), "markup");
    assertEquals(4, page.split("</script>", -1).length - 1, "scripts");
  }

  @Test
  void whereTheTimeGoesIsShownIfItIsKnown() throws IOException {
    RunsForTests.write(run, RunsForTests.samples(List.of("naive", "simd"), 1, 2, 4), "x");
    assertFalse(page().contains("Where the time goes"));
    RunsForTests.writeOperations(run, List.of("naive", "simd"));
    String page = page();
    assertTrue(page.contains("Where the time goes"));
    assertTrue(
        page.contains(
            "simd, decode(10): most could be saved in h.*.mlp.c_fc: 2.625 of 3.000 ms; a watched pass takes 25 % longer"),
        page);
    Path operations = run.resolve("operations.json");
    String right = Files.readString(operations);
    Files.writeString(operations, right.replace("\"plain_ms\" : 8.0", "\"plain_ms\" : \"8\""));
    UserError damaged = assertThrows(UserError.class, () -> ReportFiles.write(run));
    assertTrue(
        String.valueOf(damaged.getMessage()).contains("operations.json is damaged: plain_ms"));
    Files.writeString(operations, right.replace("operations/1", "operations/9"));
    UserError other = assertThrows(UserError.class, () -> ReportFiles.write(run));
    assertTrue(String.valueOf(other.getMessage()).contains("'lockstep-operations/9'"));
    Files.writeString(operations, right.substring(0, 200));
    UserError half = assertThrows(UserError.class, () -> ReportFiles.write(run));
    assertTrue(String.valueOf(half.getMessage()).contains("operations.json is damaged"));
  }

  @Test
  void anInterruptedRunSaysSoFirst() throws IOException {
    RunsForTests.write(run, RunsForTests.samples(List.of("naive", "simd"), 1, 2, 4), "x");
    assertFalse(page().contains("interrupted"));
    Files.delete(run.resolve("verification.csv"));
    assertTrue(
        page().contains("<p class=\"doubt\"><bdi>Warning: this run was interrupted: it has 4"));
    assertTrue(
        Files.readString(run.resolve("summary.md"))
            .startsWith("**Warning: this run was interrupted: it has 4"));
  }

  @Test
  void thePageIsTheSameFromAnotherPlace() throws IOException {
    RunsForTests.write(run, RunsForTests.samples(List.of("naive"), 1, 1, 4), "x");
    String first = page();
    Path moved = directory.resolve("elsewhere");
    Files.move(run, moved);
    assertEquals(first, Files.readString(ReportFiles.write(moved)));
  }

  @Test
  void severalRunsHaveASectionEach() throws IOException {
    RunsForTests.write(run, RunsForTests.samples(List.of("naive"), 1, 1, 4), "x");
    Path other = directory.resolve("other");
    RunsForTests.write(other, RunsForTests.samples(List.of("simd"), 1, 1, 4), "x");
    Path page = directory.resolve("both.html");
    ReportFiles.write(page, List.of(run, other));
    String text = Files.readString(page);
    assertTrue(text.contains("id=\"run-1\"") && text.contains("id=\"run-2\""));
    assertTrue(text.contains("<bdi>other: "));
    assertTrue(
        text.contains("There is nothing to compare: run has naive and other has simd"), text);
  }

  @Test
  void severalRunsAreComparedWithTheFirst() throws IOException {
    List<String> backends = List.of("naive", "kvcache", "simd");
    RunsForTests.write(run, RunsForTests.samples(backends, 5, 3, 8), "x");
    Path other = directory.resolve("other");
    RunsForTests.write(other, RunsForTests.samples(backends, 5, 3, 8), "x");
    Path page = directory.resolve("both.html");
    ReportFiles.write(page, List.of(run, other));
    String text = Files.readString(page);
    assertTrue(text.contains("<h2><bdi>other, compared with run"), "heading");
    assertTrue(text.contains("no difference that can be told"), "verdict");
    assertTrue(text.contains("data-run=\"0\" data-chart=\"comparison-1\""), "chart");
    assertFalse(text.contains(directory.toString()), "where the directories lie");
  }

  @Test
  void aFileThatIsNoReportIsNotReplaced() throws IOException {
    RunsForTests.write(run, RunsForTests.samples(List.of("naive"), 1, 1, 4), "x");
    Path page = Files.writeString(directory.resolve("mine.html"), "<p>mine</p>");
    UserError error = assertThrows(UserError.class, () -> ReportFiles.write(page, List.of(run)));
    assertTrue(String.valueOf(error.getMessage()).contains("choose another file with -o"));
    assertEquals("<p>mine</p>", Files.readString(page));
  }

  @Test
  void aDirectoryWithoutARunIsNamed() {
    UserError error = assertThrows(UserError.class, () -> ReportFiles.write(directory));
    assertTrue(String.valueOf(error.getMessage()).contains("does not hold a run"));
  }

  /// Published before `cpu_wait_ms` and its like were measured.
  @Test
  void samplesOfAnEarlierVersionAreRead() throws IOException {
    RunsForTests.write(run, RunsForTests.samples(List.of("naive", "simd"), 1, 2, 4), "x");
    Path samples = run.resolve("samples.csv");
    List<String> old =
        Files.readAllLines(samples).stream().map(ReportPageTest::withoutNewColumns).toList();
    Files.writeString(samples, String.join("\r\n", old) + "\r\n");
    assertTrue(page().contains("simd is the fastest"));
    Files.writeString(samples, String.join("\r\n", old).replace("e2e_ms", "other_ms") + "\r\n");
    UserError error = assertThrows(UserError.class, () -> ReportFiles.write(run));
    assertTrue(String.valueOf(error.getMessage()).contains("e2e_ms"), error.getMessage());
  }

  private static String withoutNewColumns(String row) {
    List<String> cells = List.of(row.split(",", -1));
    return String.join(",", cells.subList(0, 26))
        + ","
        + String.join(",", cells.subList(30, cells.size()));
  }
}
