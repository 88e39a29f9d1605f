package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.measurement.results.VerificationCsv;
import dev.lockstep.harness.verification.AnswerStore;
import dev.lockstep.harness.verification.ContextPass;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.Reference;
import dev.lockstep.harness.verification.SharpPrompt;
import dev.lockstep.harness.verification.SharpPrompts;
import dev.lockstep.harness.verification.StepResult;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.verification.VerifyCase;
import dev.lockstep.harness.verification.VerifyJob;
import dev.lockstep.harness.worker.AvailabilityCheck;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendArguments;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.LoadedModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lockstep verify`: is a backend right, and if not, what is wrong first? Tokens, logits,
/// self-consistency, and with `--explain` every operation.
@Command(
    name = "verify",
    description =
        "Checks backends step by step: tokens and logits against a reference, the backend against itself, and with --explain every operation against its error budget. docs/verification.md explains how to read each step.",
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
  @Mixin private ModelOption model = new ModelOption();
  @Mixin private WorkerOptions workers = new WorkerOptions();
  @Mixin private VerifyCases cases = new VerifyCases();
  @Mixin private CoverageOptions coverage = new CoverageOptions();
  @Mixin private MatchOption match = new MatchOption();

  @Option(
      names = {"-b", "--backend"},
      required = true,
      paramLabel = "ID[:OPTION=VALUE…]",
      description = "The backends to check, as for run.")
  private List<String> backends = new ArrayList<>();

  @Option(
      names = "--explain",
      description =
          "Watch the backend compute and name the first operation that is off by more than rounding explains.")
  private boolean explain;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description =
          "Where to write verification.csv, and a repro of what fails (default: the repro alone, to runs/repro-TIME-BACKEND).")
  private @Nullable Path output;

  @Override
  public Integer call() {
    BackendCatalog catalog = workers.catalog();
    List<BackendVariant> variants = BackendArguments.parse(catalog, backends);
    BackendVariant reference = cases.reference(catalog);
    try (LoadedModel loaded = model.open();
        ScratchLogs scratch = new ScratchLogs();
        OutputDirectory directory = outputDirectory()) {
      List<VerifyCase> verifyCases = cases.read(loaded);
      boolean allGolden = verifyCases.stream().allMatch(each -> each.golden() != null);
      WorkerFactory factory =
          workers.factory(loaded, catalog, directory == null ? scratch::log : directory::log);
      List<BackendVariant> needed = new ArrayList<>(variants);
      if (!allGolden && reference != null && !variants.contains(reference)) {
        needed.add(reference);
      }
      AvailabilityCheck.require(needed, factory);
      try (Reference right =
          new Reference(factory, reference, null, AnswerStore.of(loaded::sha256))) {
        Results written = new Results(directory);
        List<ContextPass> contexts = coverage.contexts(loaded.config());
        List<SharpPrompt> sharp =
            coverage.sharp(
                new SharpPrompts(right.oracle(), loaded.config(), loaded::sha256),
                cases.isOneAlone());
        Beyond beyond = new Beyond(sharp, contexts);
        Outcome worst = Outcome.PASS;
        for (BackendVariant variant : variants) {
          Console.println(
              "%s on %s against %s: %s"
                  .formatted(
                      variant.label(),
                      loaded.name(),
                      allGolden ? "the golden file" : right.label(),
                      verifyCases.size() == 1 ? "1 prompt" : verifyCases.size() + " prompts"));
          List<StepResult> results;
          try (VerifyJob job = new VerifyJob(factory, variant, right, match.worst())) {
            results = verify(job, loaded, verifyCases, beyond, part -> written.add(variant, part));
          }
          Outcome outcome =
              results.stream().map(StepResult::outcome).reduce(Outcome.PASS, Outcome::worse);
          worst = worst.worse(outcome);
          if (VerifyRepro.isNeeded(results)) {
            written.attempt(
                () ->
                    new VerifyRepro(loaded, factory, cases, explain, match.worst())
                        .write(directory, variant, results));
          }
        }
        coverage.print(loaded.config(), verifyCases, sharp, contexts);
        if (worst == Outcome.ERROR) {
          scratch.keep(); // The messages name the logs.
        }
        return exitCode(written.isComplete() ? worst : worst.worse(Outcome.ERROR));
      } catch (WorkerFailure e) {
        scratch.keep();
        throw UserError.error(
            "the reference failed: " + e.getMessage() + "; without it nothing can be judged", e);
      }
    }
  }

  private @Nullable OutputDirectory outputDirectory() {
    return output == null
        ? null
        : OutputDirectory.create(output, List.of(VerificationCsv.TABLE.fileName()), "");
  }

  /// `verification.csv`, written anew after every step: whatever happens next, this much is known.
  /// A file that cannot be written is reported at once and costs no backend its turn.
  private static final class Results {
    private final @Nullable OutputDirectory directory;
    private final List<Verification> rows = new ArrayList<>();
    private final Set<String> reported = new HashSet<>();

    Results(@Nullable OutputDirectory directory) {
      this.directory = directory;
    }

    void add(BackendVariant variant, List<? extends StepResult> results) {
      results.forEach(
          result -> rows.add(Verification.of(variant.name(), variant.options(), result)));
      if (directory != null) {
        attempt(() -> directory.write(VerificationCsv.TABLE, rows));
      }
    }

    void attempt(Runnable writing) {
      try {
        writing.run();
      } catch (UserError e) {
        String message = String.valueOf(e.getMessage());
        if (reported.add(message)) {
          Console.error("lockstep: " + message);
        }
      }
    }

    boolean isComplete() {
      return reported.isEmpty();
    }
  }

  private static int exitCode(Outcome worst) {
    return switch (worst) {
      case PASS, NOT_SHOWN, APPROXIMATE -> ExitCode.OK;
      case FAIL -> ExitCode.MISMATCH;
      case ERROR -> ExitCode.ERROR;
    };
  }

  /// What is looked at beyond the cases.
  private record Beyond(List<SharpPrompt> sharp, List<ContextPass> contexts) {}

  /// Goes through the steps and shows each as soon as it is done.
  private List<StepResult> verify(
      VerifyJob job,
      LoadedModel loaded,
      List<VerifyCase> verifyCases,
      Beyond beyond,
      Consumer<List<? extends StepResult>> done)
      throws WorkerFailure {
    List<StepResult> results = new ArrayList<>();
    List<StepResult.OfTokens> tokens = watched(progress -> job.tokens(verifyCases, progress));
    Console.print(VerifyReport.tokens("1 tokens", tokens));
    results.addAll(tokens);
    done.accept(tokens);
    List<StepResult.OfLogits> logits = watched(progress -> job.logits(verifyCases, progress));
    Console.print(VerifyReport.logits("2 logits", logits));
    results.addAll(logits);
    done.accept(logits);
    List<StepResult.OfCheck> checks =
        watched(progress -> job.selfConsistency(verifyCases, progress));
    Console.print(VerifyReport.selfConsistency(checks));
    results.addAll(checks);
    done.accept(checks);
    if (!beyond.sharp().isEmpty()) {
      List<StepResult.OfTokens> sharp = watched(progress -> job.sharp(beyond.sharp(), progress));
      Console.print(VerifyReport.tokens("beyond: sharp prompts", sharp));
      results.addAll(sharp);
      done.accept(sharp);
    }
    if (!beyond.contexts().isEmpty()) {
      List<StepResult.OfLogits> contexts =
          watched(progress -> job.contexts(beyond.contexts(), progress));
      Console.print(VerifyReport.logits("beyond: whole contexts", contexts));
      results.addAll(contexts);
      done.accept(contexts);
      List<StepResult.OfLaw> laws = watched(job::weakPoints);
      Console.print(VerifyReport.weakPoints(laws));
      results.addAll(laws);
      done.accept(laws);
    }
    if (explain) {
      List<StepResult.OfExplain> explained =
          watched(progress -> job.explain(verifyCases, results, loaded.weights(), progress));
      Console.print(VerifyReport.explain(explained));
      results.addAll(explained);
      done.accept(explained);
    }
    return results;
  }

  /// A step that can be watched.
  @FunctionalInterface
  private interface Step<R> {
    List<R> run(ConsoleProgress progress) throws WorkerFailure;
  }

  /// The bar is gone before the step's lines are printed.
  private static <R> List<R> watched(Step<R> step) throws WorkerFailure {
    try (ConsoleProgress progress = new ConsoleProgress()) {
      return step.run(progress);
    }
  }
}
