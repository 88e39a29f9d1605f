package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.merge.Merge;
import dev.lockstep.harness.measurement.merge.MergedRun;
import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.measurement.run.RunJob;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.report.ResultNotes;
import dev.lockstep.harness.report.ResultTable;
import dev.lockstep.harness.report.RunResults;
import dev.lockstep.harness.report.page.ReportFiles;
import dev.lockstep.harness.worker.error.ExitCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `lockstep merge`: the shards of a plan as one result.
@Command(
    name = "merge",
    description =
        "Puts the shards of a plan together: one result with its report, as if one machine had run it; or one for each kind of machine, side by side on one page.",
    mixinStandardHelpOptions = true)
final class MergeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "DIR",
      arity = "1..*",
      description = "Directories that 'run --plan FILE --shard I/N' wrote.")
  private List<Path> directories = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "Where to write the result.")
  private Path output = Path.of("");

  @Option(
      names = "--partial",
      description =
          "Merge what there is: forks may be missing, and unfinished shards are left out.")
  private boolean partial;

  @Override
  public Integer call() {
    Merge merge = Merge.of(directories, partial);
    List<String> typed = spec.root().commandLine().getParseResult().originalArgs();
    String command = RepeatCommand.of(typed, spec.name());
    List<Path> written = new ArrayList<>();
    try (OutputDirectory whole = OutputDirectory.create(output, RunJob.FILES, "")) {
      for (Map.Entry<String, MergedRun> each : merge.results().entrySet()) {
        written.add(write(each.getKey(), each.getValue(), whole, command, merge));
      }
      if (written.size() > 1) {
        Path page = output.resolve(ReportFiles.PAGE);
        ReportFiles.write(page, written);
        Console.error("report: " + page);
      }
    }
    merge.notes().forEach(note -> Console.error("note: " + note));
    Console.error("written to " + output);
    return ExitCode.OK;
  }

  private Path write(
      String name, MergedRun run, OutputDirectory whole, String command, Merge merge) {
    Path directory = output.resolve(name);
    if (name.isEmpty()) {
      run.write(whole, command);
    } else {
      try (OutputDirectory own = OutputDirectory.create(directory, RunJob.FILES, "")) {
        run.write(own, command);
      }
    }
    String title = merge.title(run);
    if (title != null) {
      Console.println(name + ": " + title);
    }
    show(run, RunResults.read(directory));
    Console.error("report: " + ReportFiles.write(directory));
    return directory;
  }

  private static void show(MergedRun run, RunResults results) {
    List<Sample> samples = run.samples();
    ResultNotes notes = new ResultNotes(samples, run.rule());
    String warning = notes.warning();
    if (warning != null) {
      Console.error("warning: " + warning);
    }
    Console.print(ResultTable.text(samples, results.agreements(), run.rule()));
    notes.lines().forEach(line -> Console.error("note: " + line));
  }
}
