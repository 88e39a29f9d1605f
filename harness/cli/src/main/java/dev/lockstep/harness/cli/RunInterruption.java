package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.measurement.run.RunJob;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import dev.lockstep.harness.report.ResultTable;
import dev.lockstep.harness.report.page.ReportFiles;
import dev.lockstep.harness.worker.error.UserError;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// What happens when a run is interrupted (Ctrl-C, `kill`, a closed terminal): the table of what
/// was measured so far is printed, its report written, and the command that goes on printed. The
/// workers end with this process.
final class RunInterruption implements AutoCloseable {
  private final RunJob job;
  private final OutputDirectory directory;
  private final ConsoleProgress progress;
  private final String resumeCommand;
  private final Thread atExit = new Thread(this::report, "run-interruption");

  RunInterruption(
      RunJob job, OutputDirectory directory, ConsoleProgress progress, String resumeCommand) {
    this.job = job;
    this.directory = directory;
    this.progress = progress;
    this.resumeCommand = resumeCommand;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /// Carries out the run. What goes wrong because the process is ending is nobody's concern.
  <T> T watch(Supplier<T> run) {
    try {
      return run.get();
    } finally {
      forgetAtExit();
    }
  }

  private void forgetAtExit() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      while (true) {
        LockSupport.park(); // The hooks are running; the process ends when they are done.
      }
    }
  }

  private void report() {
    RunJob.Partial partial = job.interrupt();
    progress.close();
    if (partial.measured() > 0) {
      Console.print(
          ResultTable.text(partial.samples(), partial.agreements(), VerdictRule.GIVEN_FORKS));
    }
    Console.error(
        String.format(
            Locale.ROOT,
            "lockstep: interrupted: %d of %d samples are measured%s",
            partial.measured(),
            partial.planned(),
            partial.measured() > 0 ? " and kept in " + directory.path() : ""));
    if (partial.measured() > 0) {
      writeReport();
    }
    if (partial.resumable()) {
      Console.error("to go on: " + resumeCommand);
    }
    directory.close();
  }

  /// What is measured is kept without it, too.
  private void writeReport() {
    try {
      Console.error("report: " + ReportFiles.write(directory.path()));
    } catch (UserError e) {
      Console.error("lockstep: there is no report: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    forgetAtExit();
  }
}
