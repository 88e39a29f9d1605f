package dev.lockstep.harness.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

/// `summary.md` and `chart.svg`.
class ReportFilesTest {
  @TempDir private Path directory = Path.of("");

  private List<String> markdown() throws IOException {
    ReportFiles.write(directory);
    return Files.readAllLines(directory.resolve("summary.md"));
  }

  @Test
  void theMarkdownHasARowForEachBackendAndTwoLinesBelow() throws IOException {
    RunsForTests.write(
        directory, RunsForTests.samples(List.of("naive", "kvcache"), 1, 3, 8), "a machine");
    List<String> lines = markdown();
    assertTrue(lines.contains("|---|---|--:|--:|--:|--:|--:|---|"));
    assertTrue(
        lines.stream().anyMatch(line -> line.matches("\\| kvcache \\| cpu \\|.*\\| IDENTICAL \\|")),
        lines.toString());
    assertEquals("` ./lockstep run -b naive,kvcache `  ", lines.get(lines.size() - 2));
    assertTrue(lines.getLast().startsWith("a machine on a machine, 2 cores"), lines.getLast());
  }

  @Test
  void hostileTextDoesNotLeaveItsCell() throws IOException {
    RunsForTests.write(
        directory,
        RunsForTests.samples(List.of("naive", "a|b\n| <b>@someone</b> `"), 1, 1, 4),
        RunsForTests.HOSTILE);
    List<String> lines = markdown();
    assertTrue(
        lines.stream()
            .anyMatch(
                line -> line.startsWith("| a\\|b?\\| &lt;b&gt;&#64;someone&lt;/b&gt; \\` | cpu |")),
        lines.toString());
    assertFalse(lines.stream().anyMatch(line -> line.contains("<img") && !line.startsWith("`")));
  }

  @Test
  void thePictureHasABarForEachBackendInBothThemes() throws Exception {
    RunsForTests.write(
        directory,
        RunsForTests.samples(List.of("naive", "<b>&\"", "simd"), 5, 2, 8),
        RunsForTests.HOSTILE);
    ReportFiles.write(directory);
    Path picture = directory.resolve("chart.svg");
    Document document =
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(picture.toFile());
    assertEquals(4, document.getElementsByTagName("rect").getLength(), "three bars on paper");
    assertTrue(Files.readString(picture).contains("prefers-color-scheme: dark"));
  }

  @Test
  void withoutSpeedsThereIsNoPicture() {
    RunsForTests.write(directory, RunsForTests.failures(List.of("cuda", "hip"), "no device"), "x");
    ReportFiles.write(directory);
    assertFalse(Files.exists(directory.resolve("chart.svg")));
    assertTrue(Files.exists(directory.resolve("summary.md")));
  }
}
