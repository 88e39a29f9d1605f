package dev.lockstep.harness.micro;

import dev.lockstep.api.Ceilings;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.measurement.operations.OperationTimes;
import dev.lockstep.harness.measurement.operations.Pass;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.Request;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.probe.CpuProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Times the operations of the passes that a plan names, in a worker of each backend.
public final class OperationsJob {
  /// A pass may take as long as any other request, and there are as many of them.
  private static final int MAX_PASSES = 8;

  private static final int MIN_PASSES = 3;

  private static final long SEED = 1;

  private final WorkerFactory factory;
  private final MicroPlan plan;
  private final Gpt2Config config;
  private final long checkpointBytes;
  private final Consumer<String> progress;

  /// @param plan what fits the model
  /// @param checkpointBytes how large the model is
  /// @param progress is told what is timed
  public OperationsJob(
      WorkerFactory factory,
      MicroPlan plan,
      Gpt2Config config,
      long checkpointBytes,
      Consumer<String> progress) {
    this.factory = factory;
    this.plan = plan;
    this.config = config;
    this.checkpointBytes = checkpointBytes;
    this.progress = progress;
  }

  /// Times every pass of one backend; one that shows no operation gives none.
  ///
  /// @throws WorkerFailure if it fails
  public List<OperationTimes> run(BackendVariant variant) throws WorkerFailure {
    List<OperationTimes> results = new ArrayList<>();
    try (Worker worker = factory.startTimed(variant)) {
      Map<String, String> path = factory.load(worker, variant).executionPath();
      Ceilings ceilings = ceilings(worker, path);
      for (int tokens : plan.prefill()) {
        results.add(time(worker, variant, Pass.prefill(0, tokens), ceilings));
      }
      for (int before : plan.decode()) {
        results.add(time(worker, variant, Pass.decode(before), ceilings));
      }
    }
    return results;
  }

  private OperationTimes time(
      Worker worker, BackendVariant variant, Pass pass, @Nullable Ceilings ceilings)
      throws WorkerFailure {
    progress.accept(pass.name());
    SplittableRandom random = new SplittableRandom(SEED);
    int[] context = random.ints(pass.before(), 0, config.vocabSize()).toArray();
    int[] next = random.ints(pass.tokens(), 0, config.vocabSize()).toArray();
    Duration warmUp = plan.time().multipliedBy(plan.warmups());
    Duration time = plan.time().multipliedBy(plan.iterations());
    Reply.OperationTimes measured =
        worker.call(
            new Request.TimeOperations(
                context, next, warmUp.toMillis(), time.toMillis(), MIN_PASSES),
            Reply.OperationTimes.class,
            factory.timeout().multipliedBy(MAX_PASSES).plus(warmUp).plus(time));
    return OperationTimes.of(variant.name(), variant.options(), pass, config, measured, ceilings);
  }

  private @Nullable Ceilings ceilings(Worker worker, Map<String, String> path)
      throws WorkerFailure {
    progress.accept("the device's limits");
    Ceilings own =
        worker
            .call(new Request.MeasureDevice(), Reply.CeilingsAnswer.class, factory.timeout())
            .ceilings();
    if (own != null) {
      return own;
    }
    try (Worker probe = factory.startProbe()) {
      return probe
          .call(
              new Request.Probe(CpuProbe.bufferBytes(checkpointBytes), threads(path)),
              Reply.CeilingsAnswer.class,
              factory.timeout())
          .ceilings();
    }
  }

  private static int threads(Map<String, String> path) {
    try {
      return Integer.parseInt(path.getOrDefault("threads", "1"));
    } catch (NumberFormatException e) {
      return 1;
    }
  }
}
