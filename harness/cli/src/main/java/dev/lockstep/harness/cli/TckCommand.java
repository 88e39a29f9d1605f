package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.worker.ContractJob;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.tck.ContractReport.LawResult;
import dev.lockstep.tck.Stress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lockstep tck`: does a backend obey the contract?
@Command(
    name = "tck",
    description =
        "Holds a backend to the contract of lockstep-backend-tck, in a worker of its own: for a jar that has no tests. A crash or a law that takes longer than --timeout breaks that law and ends the run.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every law holds",
      "1:error",
      "2:the command line is wrong",
      "3:a law is broken, by a wrong answer, an exception, a crash or a hang",
      "5:the backend is unavailable here, and refuses as it should"
    })
final class TckCommand implements Callable<Integer> {
  static final String REPORT = "contract.json";

  @Mixin private WorkerOptions workers = new WorkerOptions();

  @Option(
      names = {"-b", "--backend"},
      required = true,
      paramLabel = "ID[:OPTION=VALUE…]",
      description = "The backend, with the options that it is to be tested with.")
  private String backend = "";

  @Option(
      names = "--bit-identical-batches",
      description =
          "The backend promises that a token's logits have the same bits however its prefix was cut into calls; hold it to that. Otherwise agreement within the tolerance is asked.")
  private boolean bitIdenticalBatches;

  @Option(
      names = "--stress",
      paramLabel = "TIME",
      description =
          "Instead of the laws, for this long (90s, 5m): several sessions at once, each moved from thread to thread, with pauses anywhere, beside threads that take the cores away. Every answer must have the bits that the same calls give to a session that is alone.")
  private @Nullable String stress;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "With --stress: the seed of the first schedule; the next has the next number (default: another one each time, which is printed).")
  private @Nullable Long seed;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Where to write " + REPORT + " (default: it is not written).")
  private @Nullable Path output;

  @Override
  public Integer call() {
    BackendCatalog catalog = workers.catalog();
    BackendVariant variant = Backends.single(catalog, "-b", backend);
    Backends.requireNoEngine(List.of(variant), "the contract loads models of its own into a JVM");
    if (stress == null && seed != null) {
      throw UserError.usage("--seed is for --stress");
    }
    if (stress != null && bitIdenticalBatches) {
      throw UserError.usage(
          "--bit-identical-batches is about the laws; --stress tries none of them");
    }
    // The kit unpacks its models; a worker that is killed leaves them behind.
    try (OutputDirectory directory = outputDirectory();
        ScratchLogs logs = new ScratchLogs();
        TemporaryDirectory temporary = new TemporaryDirectory("lockstep-tck")) {
      WorkerFactory factory =
          workers
              .factoryWithoutModel(catalog, directory == null ? logs::log : directory::log)
              .withJvmArg("-Djava.io.tmpdir=" + temporary.path());
      LawLines lines = new LawLines(Console::println);
      AtomicInteger tried = new AtomicInteger();
      Consumer<LawResult> onResult =
          result -> {
            tried.incrementAndGet();
            lines.add(result);
          };
      ContractJob job =
          stress == null
              ? new ContractJob(factory, variant, bitIdenticalBatches, List.of(), onResult)
              : stress(factory, variant, stress, onResult);
      ContractJob.Outcome outcome;
      try (var _ = Heartbeat.start(() -> soFar(variant, tried.get()))) {
        outcome = job.run();
      }
      lines.finish(variant.label());
      if (stress != null) {
        outcome.report().results().stream()
            .filter(result -> result.law().equals(Stress.LAW) && !result.variant().isEmpty())
            .forEach(result -> Console.println("tried: " + result.variant()));
      }
      if (directory != null) {
        directory.write(REPORT, outcome.report().json());
      }
      if (outcome.failure() != null) {
        logs.keep();
        Console.error(
            stress == null
                ? "lockstep: the laws after the failure were not tried"
                : "lockstep: the schedules after the failure were not tried");
      }
      if (!outcome.report().holds()) {
        return ExitCode.MISMATCH;
      }
      if (outcome.unavailable() != null) {
        throw UserError.unavailable(variant.label() + " is unavailable: " + outcome.unavailable());
      }
      return ExitCode.OK;
    }
  }

  private ContractJob stress(
      WorkerFactory factory, BackendVariant variant, String time, Consumer<LawResult> onResult) {
    long first = seed == null ? System.currentTimeMillis() : seed;
    Console.println(
        String.format(
            Locale.ROOT,
            "%s: schedules of several threads for %s, the first of seed %d",
            variant.label(),
            time,
            first));
    return ContractJob.stress(
        factory, variant, DurationText.parse("--stress", time), first, onResult);
  }

  private String soFar(BackendVariant variant, int results) {
    return stress == null
        ? String.format(Locale.ROOT, "%s: %d results so far", variant.label(), results)
        : variant.label() + ": under stress";
  }

  private @Nullable OutputDirectory outputDirectory() {
    return output == null ? null : OutputDirectory.create(output, List.of(REPORT), "");
  }
}
