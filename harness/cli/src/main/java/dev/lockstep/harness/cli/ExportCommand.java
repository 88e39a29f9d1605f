package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.compare.RecordedRun;
import dev.lockstep.harness.report.LlamaBenchExport;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `lockstep export`: a run in the form of another tool.
@Command(
    name = "export",
    description = "Prints a run in the form that another tool writes, for what reads that.",
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
  private static final String LLAMA_BENCH = "llama-bench";

  @Parameters(paramLabel = "DIR", description = "The directory of a run.")
  private Path directory = Path.of("");

  @Option(
      names = "--format",
      paramLabel = LLAMA_BENCH,
      required = true,
      description =
          "llama-bench: JSON lines as llama-bench -o jsonl prints them, a line for each backend,"
              + " prompt and phase.")
  private String format = LLAMA_BENCH;

  @Override
  public Integer call() {
    if (!format.equals(LLAMA_BENCH)) {
      throw UserError.usage("--format '%s': there is only %s".formatted(format, LLAMA_BENCH));
    }
    List<String> lines = new LlamaBenchExport(RecordedRun.read(directory)).lines();
    if (lines.isEmpty()) {
      throw UserError.error(
          "%s has no speed to export: nothing was timed, or every answer was wrong"
              .formatted(directory));
    }
    lines.forEach(Console::println);
    return ExitCode.OK;
  }
}
