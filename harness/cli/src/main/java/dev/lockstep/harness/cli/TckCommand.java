package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.worker.ContractJob;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
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
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Where to write " + REPORT + " (default: it is not written).")
  private @Nullable Path output;

  @Override
  public Integer call() {
    BackendCatalog catalog = workers.catalog();
    BackendVariant variant = Backends.single(catalog, "-b", backend);
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
      ContractJob.Outcome outcome;
      try (var _ =
          Heartbeat.start(() -> "%s: %s results so far".formatted(variant.label(), tried))) {
        outcome =
            new ContractJob(
                    factory,
                    variant,
                    bitIdenticalBatches,
                    List.of(),
                    result -> {
                      tried.incrementAndGet();
                      lines.add(result);
                    })
                .run();
      }
      lines.finish(variant.label());
      if (directory != null) {
        directory.write(REPORT, outcome.report().json());
      }
      if (outcome.failure() != null) {
        logs.keep();
        Console.error("lockstep: the laws after the failure were not tried");
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

  private @Nullable OutputDirectory outputDirectory() {
    return output == null ? null : OutputDirectory.create(output, List.of(REPORT), "");
  }
}
