package dev.lockstep.harness.cli;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.measurement.run.PlanFile;
import dev.lockstep.harness.measurement.run.RunJob;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.LoadedModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lockstep plan`: writes down what a run would do, for this machine or others to do it.
@Command(
    name = "plan",
    description = {
      "Writes a plan.json with everything that the results of a run depend on but the machine: 'lockstep run --plan' carries it out, here or elsewhere, whole or a part of its forks.",
      "It takes the options of 'run'."
    },
    mixinStandardHelpOptions = true)
final class PlanCommand implements Callable<Integer> {
  @Mixin private PlanOptions options = new PlanOptions();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      defaultValue = PlanFile.FILE_NAME,
      description = "Where to write it (default: ${DEFAULT-VALUE}).")
  private Path output = Path.of(PlanFile.FILE_NAME);

  @Override
  public Integer call() {
    options.checkNumbers();
    BackendCatalog catalog = options.catalog();
    options.check(catalog);
    if (Files.exists(output)) {
      throw UserError.usage(
          "%s is there, and a plan is never replaced; choose another file with -o"
              .formatted(output));
    }
    try (LoadedModel loaded = options.openModel()) {
      RunJob.Inputs inputs = options.inputs(loaded, catalog, true, false, "");
      write(inputs.plan().sizing() == null ? given(inputs) : decided(inputs));
    }
    Console.println(
        """
        %s is the plan:
          lockstep run --plan %s                    # all of it
          lockstep run --plan %s --shard 1/2        # the first half of its forks
          lockstep submit --slurm %s -o DIR         # one fork a task of a Slurm job array"""
            .formatted(output, output, output, output));
    return ExitCode.OK;
  }

  private String given(RunJob.Inputs inputs) {
    return RunJob.plan(inputs, factory(inputs, output::resolveSibling));
  }

  /// With as many forks as a pilot on this machine asks for.
  private String decided(RunJob.Inputs inputs) {
    try (TemporaryDirectory scratch = new TemporaryDirectory("lockstep-pilot");
        OutputDirectory directory = OutputDirectory.open(scratch.path());
        ConsoleProgress progress = new ConsoleProgress()) {
      WorkerFactory factory = factory(inputs, directory::log);
      RunJob.Outcome outcome = new RunJob(inputs, factory, directory, progress).run();
      progress.close();
      outcome.notes().forEach(note -> Console.error("note: " + note));
      if (outcome.exitCode() != ExitCode.OK && outcome.exitCode() != ExitCode.UNAVAILABLE) {
        throw UserError.error(
            "a backend failed in the pilot, so it decides nothing; look with lockstep run, or give a number with --forks");
      }
      return Files.readString(directory.file(PlanFile.FILE_NAME));
    } catch (IOException e) {
      throw UserError.error("what the pilot decided cannot be read: " + FileProblem.describe(e), e);
    }
  }

  private WorkerFactory factory(RunJob.Inputs inputs, Function<String, Path> logs) {
    return options.workers().factory(inputs.model(), inputs.catalog(), logs).withPin(options.pin());
  }

  private void write(String text) {
    try {
      Path parent = output.toAbsolutePath().getParent();
      if (parent != null) {
        LocalFiles.createDirectories(parent);
      }
      LocalFiles.replace(output, text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw UserError.error(
          "%s cannot be written: %s; choose another file with -o"
              .formatted(output, FileProblem.describe(e)),
          e);
    }
  }
}
