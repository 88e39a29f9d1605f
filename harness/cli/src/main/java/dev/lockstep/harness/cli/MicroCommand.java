package dev.lockstep.harness.cli;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.measurement.operations.OperationTimes;
import dev.lockstep.harness.measurement.operations.OperationsJson;
import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.micro.JmhOutput;
import dev.lockstep.harness.micro.MicroJob;
import dev.lockstep.harness.micro.MicroPlan;
import dev.lockstep.harness.micro.MicroResult;
import dev.lockstep.harness.micro.OperationsJob;
import dev.lockstep.harness.worker.AvailabilityCheck;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendArguments;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.LoadedModel;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lockstep micro`: how long does one forward pass take, by JMH?
@Command(
    name = "micro",
    description =
        "Measures single forward passes with JMH: prefill(T), a prompt of T tokens into an empty session, and decode(P), one token after P others. It does not ask whether the answers are right; verify does.",
    mixinStandardHelpOptions = true)
final class MicroCommand implements Callable<Integer> {
  static final String RESULTS = "micro.json";
  private static final double MIN_SECONDS = 0.001;
  private static final double MAX_SECONDS = 3600;

  @Mixin private ModelOption model = new ModelOption();
  @Mixin private WorkerOptions workers = new WorkerOptions();

  @Option(
      names = {"-b", "--backend"},
      required = true,
      paramLabel = "ID[:OPTION=VALUE…]",
      description = "The backends to measure, as for run.")
  private List<String> backends = new ArrayList<>();

  @Option(
      names = "--prefill",
      paramLabel = "T",
      split = ",",
      description =
          "Prompt lengths. Without --prefill and --decode both are 10,128,512, as far as the model has room.")
  private List<Integer> prefill = new ArrayList<>();

  @Option(
      names = "--decode",
      paramLabel = "P",
      split = ",",
      description = "Positions of the decoded token: how many tokens come before it.")
  private List<Integer> decode = new ArrayList<>();

  @Option(
      names = "--forks",
      paramLabel = "N",
      defaultValue = "1",
      description = "Fresh JVMs for each benchmark (default: ${DEFAULT-VALUE}).")
  private int forks = 1;

  @Option(
      names = {"-w", "--warmups"},
      paramLabel = "N",
      defaultValue = "5",
      description = "Iterations before the measured ones (default: ${DEFAULT-VALUE}).")
  private int warmups = 5;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      defaultValue = "5",
      description = "Measured iterations in each fork (default: ${DEFAULT-VALUE}).")
  private int iterations = 5;

  @Option(
      names = "--time",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "How long an iteration repeats the pass (default: ${DEFAULT-VALUE}).")
  private double timeSeconds = 1;

  @Option(
      names = "--operations",
      description =
          "Instead of JMH's figures, say where the time of each pass goes, operation by operation, and how near the machine's limit each comes.")
  private boolean operations;

  @Option(
      names = "--profile",
      paramLabel = "NAME[:OPTIONS]",
      description = "A JMH profiler: gc (allocation of each pass), stack, perfnorm, …")
  private List<String> profilers = new ArrayList<>();

  @Option(
      names = "--verbose",
      description = "Show what JMH prints, instead of keeping it in a log.")
  private boolean verbose;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description =
          "Where to write "
              + RESULTS
              + ", or "
              + OperationsJson.FILE_NAME
              + " (default: it is not written).")
  private @Nullable Path output;

  @Override
  public Integer call() {
    requireNoJmh();
    MicroPlan asked = new MicroPlan(prefill, decode, forks, warmups, iterations, time(), profilers);
    BackendCatalog catalog = workers.catalog();
    List<BackendVariant> variants = BackendArguments.parse(catalog, backends);
    Backends.requireNoEngine(variants, "JMH measures in a JVM");
    try (LoadedModel loaded = model.open();
        ScratchLogs logs = new ScratchLogs();
        OutputDirectory directory = outputDirectory()) {
      MicroPlan plan = asked.on(loaded.config(), loaded.name());
      Function<String, Path> log = directory == null ? logs::log : directory::log;
      WorkerFactory factory = workers.factory(loaded, catalog, log);
      AvailabilityCheck.require(variants, factory);
      if (operations) {
        return operations(variants, factory, plan, loaded, directory);
      }
      Measured measured = measure(variants, factory, plan, log.apply("jmh"));
      Console.print(MicroTable.text(measured.results()));
      if (directory != null) {
        directory.write(RESULTS, MicroJob.json(measured.results()));
      }
      measured.problems().forEach(Console::error);
      if (measured.problems().isEmpty()) {
        return ExitCode.OK;
      }
      logs.keep();
      return ExitCode.ERROR;
    }
  }

  /// @param problems what failed and why, a line each
  private record Measured(List<MicroResult> results, List<String> problems) {}

  private Measured measure(
      List<BackendVariant> variants, WorkerFactory factory, MicroPlan plan, Path log) {
    List<MicroResult> results = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    AtomicReference<String> label = new AtomicReference<>("");
    try (OutputStream file =
        verbose ? OutputStream.nullOutputStream() : LocalFiles.createStream(log)) {
      JmhOutput output = new JmhOutput(verbose ? Console.errorStream() : file);
      MicroJob job = new MicroJob(factory, plan, output);
      try (var _ = Heartbeat.start(() -> "%s: %s".formatted(label.get(), output.progress()))) {
        for (BackendVariant variant : variants) {
          label.set(variant.label());
          for (MicroResult result : job.run(variant)) {
            results.add(result);
            if (result.measured() == null) {
              problems.add(
                  "lockstep: %s of %s failed: %s%s"
                      .formatted(
                          result.name(),
                          variant.label(),
                          output.problem().isEmpty() ? "JMH does not say why" : output.problem(),
                          verbose ? "" : " (log: " + log + ")"));
            }
          }
        }
      }
    } catch (IOException e) {
      throw UserError.error("%s cannot be written: %s".formatted(log, FileProblem.describe(e)), e);
    }
    return new Measured(results, problems);
  }

  private int operations(
      List<BackendVariant> variants,
      WorkerFactory factory,
      MicroPlan plan,
      LoadedModel loaded,
      @Nullable OutputDirectory directory) {
    List<OperationTimes> results = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    AtomicReference<String> at = new AtomicReference<>("");
    try (var _ = Heartbeat.start(at::get)) {
      for (BackendVariant variant : variants) {
        OperationsJob job =
            new OperationsJob(
                factory,
                plan,
                loaded.config(),
                loaded.checkpointBytes(),
                what -> at.set(variant.label() + ": " + what));
        try {
          results.addAll(job.run(variant));
        } catch (WorkerFailure e) {
          problems.add("lockstep: %s failed: %s".formatted(variant.label(), e.getMessage()));
        }
      }
    }
    Console.print(OperationsTable.text(results));
    if (directory != null) {
      directory.write(OperationsJson.FILE_NAME, OperationsJson.of(results));
    }
    problems.forEach(Console::error);
    return problems.isEmpty() ? ExitCode.OK : ExitCode.ERROR;
  }

  private void requireNoJmh() {
    String other =
        !profilers.isEmpty() ? "--profile" : verbose ? "--verbose" : forks != 1 ? "--forks" : null;
    if (operations && other != null) {
      throw UserError.usage(other + " is for JMH, which --operations does not use");
    }
  }

  private @Nullable OutputDirectory outputDirectory() {
    return output == null
        ? null
        : OutputDirectory.create(
            output, List.of(operations ? OperationsJson.FILE_NAME : RESULTS), "");
  }

  private Duration time() {
    if (!(timeSeconds >= MIN_SECONDS && timeSeconds <= MAX_SECONDS)) {
      throw UserError.usage(
          String.format(
              Locale.ROOT,
              "--time %s: %s to %.0f seconds are allowed",
              timeSeconds,
              MIN_SECONDS,
              MAX_SECONDS));
    }
    return Duration.ofMillis(Math.round(timeSeconds * 1e3));
  }
}
