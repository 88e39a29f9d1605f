package dev.lockstep.harness.report.page;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.report.RunResults;
import dev.lockstep.harness.report.Standing;
import dev.lockstep.harness.report.charts.Chart;
import dev.lockstep.harness.report.charts.ChartSvg;
import dev.lockstep.harness.report.charts.Charts;
import dev.lockstep.harness.report.markdown.SummaryMarkdown;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Writes what people share of a run. Made from the run's own files alone, these can be made again
/// at any time, so they are replaced without asking.
public final class ReportFiles {
  public static final String PAGE = "report.html";

  private static final String MARKDOWN = "summary.md";
  private static final String PICTURE = "chart.svg";

  private ReportFiles() {}

  /// Writes them into a directory that `run` wrote; the picture only if speeds were compared.
  ///
  /// @return the page
  /// @throws UserError if it is not such a directory, or cannot be written
  public static Path write(Path directory) {
    RunResults run = RunResults.read(directory);
    Path page = directory.resolve(PAGE);
    write(page, ReportPage.of(List.of(run)));
    write(directory.resolve(MARKDOWN), SummaryMarkdown.of(run));
    Chart staircase = new Charts(Standing.of(run)).staircase();
    if (staircase != null) {
      write(directory.resolve(PICTURE), ChartSvg.of(staircase));
    }
    return page;
  }

  /// Writes one page about several directories.
  ///
  /// @throws UserError if `page` is a file of another kind, or one of these is not such a directory
  public static void write(Path page, List<Path> directories) {
    if (Files.exists(page) && !isPage(page)) {
      throw UserError.usage(
          "%s is there and is no report of Lockstep's; choose another file with -o"
              .formatted(page));
    }
    write(page, ReportPage.of(directories.stream().map(RunResults::read).toList()));
  }

  private static boolean isPage(Path file) {
    try (var lines = Files.lines(file)) {
      return (lines.findFirst().orElse("") + "\n").equals(ReportPage.FIRST_LINE);
    } catch (IOException | java.io.UncheckedIOException e) {
      return false;
    }
  }

  private static void write(Path file, String content) {
    try {
      LocalFiles.replace(file, content.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw UserError.error("%s cannot be written: %s".formatted(file, FileProblem.describe(e)), e);
    }
  }
}
