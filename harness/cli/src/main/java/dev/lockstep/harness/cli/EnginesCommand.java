package dev.lockstep.harness.cli;

import dev.lockstep.harness.worker.AvailabilityCheck;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.engine.Engine;
import dev.lockstep.harness.worker.engine.EngineBackend;
import dev.lockstep.harness.worker.error.ExitCode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `lockstep engines`: the engines that a file describes, each started once and asked.
@Command(
    name = "engines",
    description =
        "Lists the engines in other processes that a file describes, and checks that each can be"
            + " started and spoken to.",
    mixinStandardHelpOptions = true)
final class EnginesCommand implements Callable<Integer> {
  @Mixin private WorkerOptions workers = new WorkerOptions();

  @Override
  public Integer call() {
    BackendCatalog catalog = workers.catalog(); // It refuses ids that are taken.
    List<Engine> engines = workers.engines();
    if (engines.isEmpty()) {
      Console.error(
          "no engines are described; docs/engines.md says how, and --engines names a file");
      return ExitCode.OK;
    }
    List<BackendVariant> variants =
        engines.stream()
            .map(engine -> new BackendVariant(new EngineBackend(engine), Map.of()))
            .toList();
    try (ScratchLogs logs = new ScratchLogs()) {
      WorkerFactory factory = workers.factoryWithoutModel(catalog, logs::log);
      AvailabilityCheck.Result result = AvailabilityCheck.of(variants, factory);
      for (int i = 0; i < engines.size(); i++) {
        print(engines.get(i), result.unavailable().get(variants.get(i)));
      }
      if (!result.unavailable().isEmpty()) {
        logs.keep(); // The messages name the logs.
      }
      return result.unavailable().isEmpty() ? ExitCode.OK : ExitCode.UNAVAILABLE;
    }
  }

  private static void print(Engine engine, @Nullable String unavailable) {
    Console.println(
        "%-10s %s"
            .formatted(
                engine.id(), unavailable == null ? "answers" : "unavailable: " + unavailable));
    Console.println("           " + engine.description());
    Console.println("           claims " + engine.claims().describe());
    Console.println("           described in " + engine.file());
  }
}
