package dev.lockstep.harness.cli;

import dev.lockstep.harness.report.page.ReportFiles;
import dev.lockstep.harness.worker.error.ExitCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `lockstep report`: makes again what a run writes for people to share, or one page about several
/// runs.
@Command(
    name = "report",
    description =
        "Makes report.html from the files of a run, or one page about several runs, each compared with the first. It opens from disk, without a network.",
    mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", arity = "1..*", description = "Directories that 'run' wrote.")
  private List<Path> directories = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description =
          "Where to write the page (default: report.html in DIR; of several, in this directory).")
  private @Nullable Path output;

  @Override
  public Integer call() {
    if (output == null && directories.size() == 1) {
      Console.println(ReportFiles.write(directories.getFirst()).toString());
      return ExitCode.OK;
    }
    Path page = output == null ? Path.of(ReportFiles.PAGE) : output;
    ReportFiles.write(page, directories);
    Console.println(page.toString());
    return ExitCode.OK;
  }
}
