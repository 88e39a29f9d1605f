package dev.lockstep.cli;

import dev.lockstep.catalog.BackendArguments;
import dev.lockstep.catalog.BackendCatalog;
import dev.lockstep.catalog.BackendVariant;
import dev.lockstep.error.ExitCode;
import dev.lockstep.error.UserError;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.golden.GoldenCase;
import dev.lockstep.model.golden.GoldenFile;
import dev.lockstep.prompt.Prompt;
import dev.lockstep.report.OutputDirectory;
import dev.lockstep.report.VerificationCsv;
import dev.lockstep.run.AvailabilityCheck;
import dev.lockstep.run.VerifyJob;
import dev.lockstep.run.WorkerFactory;
import dev.lockstep.verify.MatchClass;
import dev.lockstep.verify.NearTieJudge;
import dev.lockstep.verify.RoundingOracle;
import dev.lockstep.worker.WorkerFailure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lockstep verify`: is a backend right?
@Command(
    name = "verify",
    description =
        "Compares a backend with a reference: the greedy tokens, then the logits. Without --golden and --reference, the golden file that ships for the model, else kvcache.",
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
  @Mixin private ModelOption model = new ModelOption();
  @Mixin private WorkerOptions workers = new WorkerOptions();

  @Option(
      names = {"-b", "--backend"},
      required = true,
      paramLabel = "ID[:OPTION=VALUE…]",
      description = "The backends to check, as for run.")
  private List<String> backends = new ArrayList<>();

  @Option(
      names = "--reference",
      paramLabel = "ID[:OPTION=VALUE…]",
      description = "A backend that is taken to be right.")
  private @Nullable String reference;

  @Option(
      names = "--golden",
      paramLabel = "FILE",
      description = "A golden file recorded from this model.")
  private @Nullable Path goldenFile;

  @Option(
      names = {"-p", "--prompt", "--prompts"},
      paramLabel = "FILE|TEXT",
      description = "Prompts for --reference, as for run. Default: the built-in prompts.")
  private List<String> prompts = new ArrayList<>();

  @Option(
      names = {"-n", "--new-tokens"},
      paramLabel = "N",
      defaultValue = "32",
      description = "New tokens after each prompt, with --reference (default: ${DEFAULT-VALUE}).")
  private int newTokens = 32;

  @Option(
      names = "--match",
      paramLabel = "identical|near-tie",
      defaultValue = "identical",
      description = "What passes (default: ${DEFAULT-VALUE}).",
      converter = MatchOption.Converter.class)
  private MatchClass match = MatchClass.IDENTICAL;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Where to write verification.csv (default: it is not written).")
  private @Nullable Path output;

  @Override
  public Integer call() {
    if (reference != null && goldenFile != null) {
      throw UserError.usage("--reference and --golden exclude each other");
    }
    BackendCatalog catalog = workers.catalog();
    List<BackendVariant> variants = BackendArguments.parse(catalog, backends);
    try (LoadedModel loaded = model.open();
        ScratchLogs scratch = new ScratchLogs()) {
      OutputDirectory directory = output == null ? null : OutputDirectory.create(output);
      WorkerFactory factory =
          workers.factory(loaded, catalog, directory == null ? scratch::log : directory::log);
      requireAvailable(variants, factory);
      GoldenFile golden = golden(loaded);
      List<List<String>> rows = new ArrayList<>();
      int exitCode = ExitCode.OK;
      for (BackendVariant variant : variants) {
        exitCode =
            Math.max(exitCode, verify(loaded, catalog, factory, variant, golden, rows, scratch));
      }
      if (directory != null) {
        directory.writeCsv(VerificationCsv.FILE_NAME, VerificationCsv.HEADER, rows);
      }
      return exitCode;
    }
  }

  private static void requireAvailable(List<BackendVariant> variants, WorkerFactory factory) {
    AvailabilityCheck.of(variants, factory)
        .unavailable()
        .forEach(
            (variant, why) -> {
              throw UserError.unavailable(variant.label() + " is unavailable: " + why);
            });
  }

  private @Nullable GoldenFile golden(LoadedModel loaded) {
    if (goldenFile != null) {
      return Goldens.read(goldenFile, loaded);
    }
    return reference == null && prompts.isEmpty() ? Goldens.shipped(loaded) : null;
  }

  private int verify(
      LoadedModel loaded,
      BackendCatalog catalog,
      WorkerFactory factory,
      BackendVariant variant,
      @Nullable GoldenFile golden,
      List<List<String>> rows,
      ScratchLogs scratch) {
    BackendVariant authority =
        golden != null
            ? null
            : Backends.single(catalog, "--reference", reference == null ? "kvcache" : reference);
    Console.println(
        "%s on %s against %s"
            .formatted(
                variant.label(),
                loaded.name(),
                authority == null ? "the golden file" : authority.label()));
    int exitCode = ExitCode.OK;
    int failed = 0;
    List<VerifyJob.CaseResult> results = new ArrayList<>();
    try (RoundingOracle oracle = oracle(catalog, factory, loaded);
        VerifyJob job =
            new VerifyJob(
                loaded.config(), factory, variant, authority, new NearTieJudge(oracle))) {
      if (golden != null) {
        for (GoldenCase known : golden.cases()) {
          results.add(show(job.golden(known)));
        }
      } else {
        for (Prompt prompt : Prompts.read(loaded, prompts, newTokens)) {
          results.add(show(job.prompt(prompt, newTokens)));
        }
      }
    } catch (WorkerFailure e) {
      scratch.keep();
      throw UserError.error("the reference failed: " + e.getMessage(), e);
    }
    boolean approximate = variant.backend().approximate(variant.values());
    for (VerifyJob.CaseResult result : results) {
      rows.add(VerifyReport.row(variant, result));
      if (result.failure() != null) {
        scratch.keep();
        failed++;
        exitCode = Math.max(exitCode, ExitCode.ERROR);
      } else if (!approximate && result.match().compareTo(match) > 0) {
        failed++;
        exitCode = ExitCode.MISMATCH;
      }
    }
    Console.println(
        "%s: %d of %d cases %s"
            .formatted(
                variant.label(),
                results.size() - failed,
                results.size(),
                approximate ? "compared; the backend declares itself approximate" : "pass"));
    return exitCode;
  }

  private static VerifyJob.CaseResult show(VerifyJob.CaseResult result) {
    Console.println(VerifyReport.line(result));
    return result;
  }

  private RoundingOracle oracle(BackendCatalog catalog, WorkerFactory factory, LoadedModel loaded) {
    return new RoundingOracle(
        factory::open,
        new BackendVariant(catalog.get("naive"), Map.of("precision", "f32")),
        new BackendVariant(catalog.get("naive"), Map.of("precision", "f64")),
        loaded.config().vocabSize(),
        factory.timeout());
  }
}
