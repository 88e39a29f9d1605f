package dev.lockstep.harness.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is published is what this version makes of the published files, byte for byte:
/// `tools/published-runs --reports` makes it anew.
class PublishedRunsTest {
  private static final Path STAIRCASE = Path.of("../../results/staircase");

  @TempDir private Path directory = Path.of("");

  @Test
  void thePublishedReportIsMadeOfThePublishedFiles() throws Exception {
    Path copy = Files.createDirectory(directory.resolve("staircase"));
    try (Stream<Path> files = Files.list(STAIRCASE)) {
      for (Path file : files.filter(file -> isMeasured(file.toString())).toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    ReportFiles.write(copy);
    for (String name : List.of("report.html", "summary.md", "chart.svg")) {
      assertEquals(
          -1,
          Files.mismatch(STAIRCASE.resolve(name), copy.resolve(name)),
          name + " is another; tools/published-runs --reports makes it anew");
    }
  }

  private static boolean isMeasured(String file) {
    return file.endsWith(".csv") || file.endsWith(".json");
  }

  /// The version that took it is a commit, and every answer was right.
  @Test
  void thePublishedRunIsWhole() throws Exception {
    String environment = Files.readString(STAIRCASE.resolve("environment.json"));
    assertTrue(
        environment.matches("(?s).*\"lockstep_revision\" : \"[0-9a-f]{7,}\".*"), environment);
    String page = Files.readString(STAIRCASE.resolve("report.html"));
    assertTrue(page.contains("Where the time goes"));
    assertTrue(page.contains("is identical to the reference"), "every token is right");
  }
}
