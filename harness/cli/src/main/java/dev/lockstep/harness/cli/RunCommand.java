package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.measurement.run.RunJob;
import dev.lockstep.harness.measurement.run.RunPlan;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import dev.lockstep.harness.report.ResultNotes;
import dev.lockstep.harness.report.ResultTable;
import dev.lockstep.harness.report.page.ReportFiles;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.catalog.BackendArguments;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.harness.worker.machine.Pin;
import dev.lockstep.model.LoadedModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `lockstep run`: the main job.
@Command(
    name = "run",
    description =
        "Runs prompts through backends, checks every token against a reference, and writes times to"
            + " first token and throughput.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  private static final Pattern MODEL_NAME =
      Pattern.compile("gpt2(-medium|-large|-xl)?|shakespeare|synthetic:\\S+");

  private static final String AUTO = "auto";

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ModelOption model = new ModelOption();
  @Mixin private WorkerOptions workers = new WorkerOptions();
  @Mixin private SpecialTokensOption special = new SpecialTokensOption();
  @Mixin private ForkOptions forks = new ForkOptions();
  @Mixin private SweepOptions sweep = new SweepOptions();
  @Mixin private MatchOption match = new MatchOption();
  @Mixin private PinOption pin = new PinOption();

  @Option(
      names = {"-b", "--backend"},
      paramLabel = "ID[:OPTION=VALUE…]",
      description =
          "Backends, separated by commas or repeated; a whole-number option takes a range"
              + " (simd:threads=1..2), and mine@old.jar is the build in a jar. Default: every backend that can run here.")
  private List<String> backends = new ArrayList<>();

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "FILE|TEXT",
      description =
          "A prompt, a .txt file with a prompt a line, or a .jsonl file with \"text\" or"
              + " \"prompt_ids\" and \"id\" a line. Default: the built-in prompts, or the first of"
              + " them if the model is not the embedded one.")
  private List<String> prompts = new ArrayList<>();

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      description = "A prompt that is taken as it is, whatever files there are.")
  private List<String> texts = new ArrayList<>();

  @Parameters(paramLabel = "FILE|TEXT", description = "More prompts, as with -p.")
  private List<String> morePrompts = new ArrayList<>();

  @Option(
      names = {"-n", "--new-tokens"},
      paramLabel = "N",
      defaultValue = "32",
      description = "New tokens after each prompt (default: ${DEFAULT-VALUE}).")
  private int newTokens = 32;

  @Option(
      names = {"-r", "--rounds"},
      paramLabel = "N",
      defaultValue = "8",
      description =
          "Timed rounds in each fork; each visits every backend once (default: ${DEFAULT-VALUE}).")
  private int rounds = 8;

  @Option(
      names = {"-w", "--warmups"},
      paramLabel = "auto|N",
      defaultValue = AUTO,
      description =
          "Untimed passes over all prompts before the first round; auto: until the times no longer change, for at most 10 s a backend (default: ${DEFAULT-VALUE}).")
  private String warmups = AUTO;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Seed of the order of backends and prompts and of the prompts' prefixes (default:"
              + " ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--reference",
      paramLabel = "ID[:OPTION=VALUE…]",
      description =
          "A backend that computes the expected tokens where no golden file has them (default: naive's numbers, computed faster).")
  private @Nullable String reference;

  @Option(
      names = "--golden",
      paramLabel = "FILE",
      description = "A golden file recorded from this model.")
  private @Nullable Path goldenFile;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Where to write (default: runs/TIME-MODEL).")
  private @Nullable Path output;

  @Option(names = "--tokens", description = "Also write tokens.csv, a row per token.")
  private boolean tokens;

  @Option(
      names = "--resume",
      description =
          "Go on with the run that -o holds: what was measured is kept, what is missing is done.")
  private boolean resume;

  @Override
  public Integer call() {
    requireAtLeast("-r", rounds, 1);
    Integer passes = warmups();
    Duration timeout = workers.timeout();
    BackendCatalog catalog = workers.catalog();
    List<BackendVariant> variants = variants(catalog);
    BackendVariant referenceVariant =
        reference == null ? null : Backends.single(catalog, "--reference", reference);
    requireTexts(catalog);
    try (LoadedModel loaded = model.open();
        ConsoleProgress progress = new ConsoleProgress()) {
      progress.phase("reading prompts");
      RunPlan plan =
          new RunPlan(
              prompts(loaded),
              newTokens,
              rounds,
              passes,
              forks.count(),
              forks.sizing(),
              seed,
              match.worst() == MatchClass.NEAR_TIE,
              timeout);
      RunJob.Inputs inputs =
          new RunJob.Inputs(
              plan,
              loaded,
              catalog,
              variants,
              !backends.isEmpty(),
              referenceVariant,
              goldenFile == null ? Goldens.shipped(loaded) : Goldens.read(goldenFile, loaded),
              tokens,
              resume,
              RepeatCommand.of(typed(), spec.name()));
      Pin where = pin.pin();
      try (OutputDirectory directory = outputDirectory(loaded)) {
        WorkerFactory factory = workers.factory(loaded, catalog, directory::log).withPin(where);
        RunJob job = new RunJob(inputs, factory, directory, progress);
        RunJob.Outcome outcome;
        try (RunInterruption interruption =
            new RunInterruption(job, directory, progress, resumeCommand(directory))) {
          outcome = interruption.watch(job::run);
        }
        progress.close();
        report(outcome, plan.verdictRule(), directory);
        return outcome.exitCode();
      }
    }
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

  /// Null if it is left to the times.
  private @Nullable Integer warmups() {
    if (warmups.equals(AUTO)) {
      return null;
    }
    try {
      int passes = Integer.parseInt(warmups);
      requireAtLeast("-w", passes, 0);
      return passes;
    } catch (NumberFormatException e) {
      throw UserError.usage("-w '%s' is neither auto nor a whole number".formatted(warmups));
    }
  }

  private static void requireAtLeast(String option, int value, int least) {
    if (value < least) {
      throw UserError.usage(
          String.format(Locale.ROOT, "%s %d: at least %d is needed", option, value, least));
    }
  }

  private List<BackendVariant> variants(BackendCatalog catalog) {
    return backends.isEmpty()
        ? catalog.all().stream().map(backend -> new BackendVariant(backend, Map.of())).toList()
        : BackendArguments.parse(catalog, backends);
  }

  /// What stands at the end is a prompt; the name of a backend or of a model was meant as another
  /// thing.
  private void requireTexts(BackendCatalog catalog) {
    for (String argument : morePrompts) {
      boolean isBackend = catalog.all().stream().anyMatch(each -> each.id().equals(argument));
      if (isBackend || MODEL_NAME.matcher(argument).matches()) {
        throw UserError.usage(
            "'%s' is the name of a %s, not a prompt: %s; to pass the text as it is, write --text=%s"
                .formatted(
                    argument,
                    isBackend ? "backend" : "model",
                    isBackend ? "name backends as -b naive,kvcache" : "name a model with -m",
                    argument));
      }
    }
  }

  private List<Prompt> prompts(LoadedModel loaded) {
    List<String> arguments = new ArrayList<>(prompts);
    arguments.addAll(morePrompts);
    List<Prompt> all = new ArrayList<>();
    if (!sweep.isGiven() || !arguments.isEmpty() || !texts.isEmpty()) {
      all.addAll(Prompts.read(loaded, arguments, texts, special, newTokens));
    }
    all.addAll(
        sweep.prompts(loaded, newTokens, seed, all.stream().map(prompt -> prompt.id()).toList()));
    return all;
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
