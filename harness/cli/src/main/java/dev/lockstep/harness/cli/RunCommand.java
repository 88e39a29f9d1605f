package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.measurement.run.PlanFile;
import dev.lockstep.harness.measurement.run.RunJob;
import dev.lockstep.harness.measurement.run.Shard;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import dev.lockstep.harness.report.ResultNotes;
import dev.lockstep.harness.report.ResultTable;
import dev.lockstep.harness.report.page.ReportFiles;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.harness.worker.machine.Pin;
import dev.lockstep.model.LoadedModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `lockstep run`: the main job.
@Command(
    name = "run",
    description =
        "Runs prompts through backends, checks every token against a reference, and writes times to"
            + " first token and throughput.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  /// What may be said beside `--plan`: where things lie here, and which part is done.
  private static final Set<String> BESIDE_A_PLAN =
      Set.of("--plan", "--shard", "--output", "--resume", "--model", "--plugins", "--engines");

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private PlanOptions options = new PlanOptions();

  @Option(
      names = "--plan",
      paramLabel = "FILE",
      description =
          "Do as a plan.json says, which 'lockstep plan' or another run wrote; beside it only -o, --resume, --shard, -m, --plugins and --engines, which say where things lie here.")
  private @Nullable Path planFile;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description =
          "With --plan: the I-th of N parts, which are forks; 'lockstep merge' puts them together.")
  private @Nullable String shard;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Where to write (default: runs/TIME-MODEL).")
  private @Nullable Path output;

  @Option(
      names = "--resume",
      description =
          "Go on with the run that -o holds: what was measured is kept, what is missing is done.")
  private boolean resume;

  @Override
  public Integer call() {
    PlanFile planned = plan();
    Shard part = shard == null ? Shard.WHOLE : Shard.parse(shard);
    options.checkNumbers();
    BackendCatalog catalog = options.catalog();
    options.check(catalog);
    try (LoadedModel loaded = options.openModel();
        ConsoleProgress progress = new ConsoleProgress()) {
      progress.phase("reading prompts");
      String command = RepeatCommand.of(typed(), spec.name());
      RunJob.Inputs inputs =
          planned == null
              ? options.inputs(loaded, catalog, false, resume, command)
              : options.inputs(planned, part, loaded, catalog, resume, command);
      Pin where = options.pin();
      try (OutputDirectory directory = outputDirectory(loaded)) {
        WorkerFactory factory =
            options.workers().factory(loaded, catalog, directory::log).withPin(where);
        RunJob job = new RunJob(inputs, factory, directory, progress);
        RunJob.Outcome outcome;
        try (RunInterruption interruption =
            new RunInterruption(job, directory, progress, resumeCommand(directory))) {
          outcome = interruption.watch(job::run);
        }
        progress.close();
        report(outcome, inputs.plan().verdictRule(), directory);
        return outcome.exitCode();
      }
    }
  }

  /// The plan that is to be followed; null if the options make one.
  private @Nullable PlanFile plan() {
    if (planFile == null) {
      if (shard != null) {
        throw UserError.usage(
            "--shard %s: a part of what? name a plan with --plan; 'lockstep plan' makes one"
                .formatted(shard));
      }
      return null;
    }
    CommandLine.ParseResult given = spec.commandLine().getParseResult();
    for (OptionSpec option : given.matchedOptions()) {
      if (!BESIDE_A_PLAN.contains(option.longestName()) && !option.inherited()) {
        throw UserError.usage(
            "%s cannot be given beside --plan, which says everything that results depend on; make another plan with lockstep plan"
                .formatted(option.longestName()));
      }
    }
    if (!given.matchedPositionals().isEmpty()) {
      throw UserError.usage(
          "a prompt cannot be given beside --plan, which names all of them; make another plan with lockstep plan");
    }
    PlanFile planned = PlanFile.read(planFile);
    planned.requireThisLockstep();
    options.follow(planned, given.hasMatchedOption("--model"));
    return planned;
  }

  private List<String> typed() {
    return spec.root().commandLine().getParseResult().originalArgs();
  }

  private String resumeCommand(OutputDirectory directory) {
    return ResumeCommand.of(typed(), spec.name(), resume, output == null ? directory.path() : null);
  }

  private static void report(RunJob.Outcome outcome, VerdictRule rule, OutputDirectory directory) {
    ResultNotes notes = new ResultNotes(outcome.samples(), rule);
    String warning = notes.warning();
    if (warning != null) {
      Console.error("warning: " + warning);
    }
    Console.print(ResultTable.text(outcome.samples(), outcome.agreements(), rule));
    String meaning = ResultTable.speedUpMeaning(outcome.samples());
    if (meaning != null) {
      Console.error(meaning);
    }
    notes.lines().forEach(line -> Console.error("note: " + line));
    for (String note : outcome.notes()) {
      Console.error("note: " + note);
    }
    Console.error("report: " + ReportFiles.write(directory.path()));
    Console.error("written to " + directory.path());
  }

  private OutputDirectory outputDirectory(LoadedModel loaded) {
    if (output == null) {
      if (resume) {
        throw UserError.usage("--resume needs -o, the directory of the run to go on with");
      }
      String name = loaded.name().replaceAll("[^A-Za-z0-9._-]+", "-");
      return OutputDirectory.createNumbered(Path.of("runs", RunName.timestamp() + "-" + name));
    }
    if (!resume) {
      return OutputDirectory.create(output, RunJob.FILES, "--resume to go on with that run");
    }
    if (!Files.isDirectory(output)) {
      throw UserError.usage(
          "--resume: there is no run to go on with: %s is not a directory".formatted(output));
    }
    return OutputDirectory.open(output);
  }
}
