package dev.lockstep.harness.cli;

import dev.lockstep.api.Environment;
import dev.lockstep.harness.measurement.run.PlanFile;
import dev.lockstep.harness.measurement.run.Shard;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.engine.Engine;
import dev.lockstep.harness.worker.engine.EngineFile;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.LoadedModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options of every command that starts workers.
final class WorkerOptions {
  @Option(
      names = "--plugins",
      paramLabel = "JAR|DIR",
      description = "Jars with more backends, or directories of such jars.")
  private List<Path> plugins = new ArrayList<>();

  @Option(
      names = "--engines",
      paramLabel = "FILE",
      description =
          "Engines in other processes, as docs/engines.md says (default: LOCKSTEP_ENGINES, or"
              + " ~/.config/lockstep/engines.json if there is one).")
  private @Nullable Path engines;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "600",
      description =
          "A worker that does not answer a request within this time is killed (default: ${DEFAULT-VALUE}).")
  private double timeoutSeconds = 600;

  @Option(
      names = "--worker-jvm-arg",
      paramLabel = "FLAG",
      description = "A JVM flag for every worker, for example --worker-jvm-arg=-Xlog:gc.")
  private List<String> jvmArgs = new ArrayList<>();

  /// Whether a plan says which engines there are, so that a machine's own do not count.
  private boolean planned;

  BackendCatalog catalog() {
    BackendCatalog catalog = BackendCatalog.load(plugins).withEngines(engines());
    for (String problem : catalog.problems()) {
      Console.error("lockstep: a backend could not be loaded: " + problem);
    }
    return catalog;
  }

  /// Those of the file that is named, or of the one that is used where none is.
  List<Engine> engines() {
    Path file = enginesFile();
    return file == null ? List.of() : EngineFile.read(file);
  }

  /// Where they are described; null if nowhere.
  @Nullable Path enginesFile() {
    return engines == null && !planned
        ? EngineFile.byDefault(Environment.ofThisProcess())
        : engines;
  }

  /// Does as a plan says. Plugins and engines lie where it says, unless they are named.
  void follow(PlanFile plan) {
    planned = true;
    plugins = plugins.isEmpty() ? plan.sources().plugins() : plugins;
    engines = engines == null ? plan.sources().engines() : engines;
    timeoutSeconds = plan.plan(Shard.WHOLE).timeout().toMillis() / 1e3;
    jvmArgs = plan.workerJvmArgs();
  }

  Duration timeout() {
    if (!(timeoutSeconds > 0) || timeoutSeconds > 1e6) {
      throw UserError.usage(
          "--timeout %s is not a number of seconds above 0".formatted(timeoutSeconds));
    }
    return Duration.ofMillis(Math.max(1, Math.round(timeoutSeconds * 1e3)));
  }

  WorkerFactory factory(LoadedModel model, BackendCatalog catalog, Function<String, Path> logs) {
    return new WorkerFactory(
        new WorkerFactory.Model(model.argument(), model.directory(), model.config()),
        catalog.plugins(),
        jvmArgs,
        logs,
        timeout(),
        null);
  }

  /// For commands that load no model.
  WorkerFactory factoryWithoutModel(BackendCatalog catalog, Function<String, Path> logs) {
    return new WorkerFactory(null, catalog.plugins(), jvmArgs, logs, timeout(), null);
  }
}
