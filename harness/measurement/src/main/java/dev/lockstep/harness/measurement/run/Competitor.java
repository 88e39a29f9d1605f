package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.InferenceModel;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.Request;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.engine.Engine;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One variant in one fork: its worker, while it lives, and what is known of it.
final class Competitor implements AutoCloseable {
  private final BackendVariant variant;
  private final WorkerFactory factory;
  private @Nullable Worker worker;
  private Map<String, String> executionPath = Map.of();
  private boolean showsLogits = true;
  private Sample.@Nullable Load load;
  private @Nullable WorkerFailure failure;
  private @Nullable WorkerFailure fatalFailure;
  private @Nullable Double tokenMillisPerPosition;
  private final ClockCheck clock = new ClockCheck();
  private @Nullable Long outsideBeforeLoad;
  private @Nullable Long outsideBeforeRounds;
  private @Nullable Long outsideNow;
  private long tokensInRounds;

  Competitor(BackendVariant variant, WorkerFactory factory) {
    this.variant = variant;
    this.factory = factory;
  }

  /// Starts the worker, loads the model and generates once, which gives the cold time to first
  /// token. A failure is remembered, not thrown.
  void start(PromptCase first) {
    try {
      worker = factory.startTimed(variant);
      showsLogits = worker.answers(Request.StepLogits.class);
      Reply.Loaded loaded = factory.load(worker, variant);
      executionPath = loaded.executionPath();
      outsideBeforeLoad = loaded.outsideHeapBytes();
      load = new Sample.Load(loaded.loadNanos() / 1e6, null);
      Reply.Generated cold = generate(first);
      if (cold.tokenNanos().length > 0) {
        load = new Sample.Load(loaded.loadNanos() / 1e6, cold.tokenNanos()[0] / 1e6);
      }
    } catch (WorkerFailure e) {
      note(e);
      if (load == null) {
        fatalFailure = e;
        close();
      }
    }
  }

  /// Generates, timed by the worker.
  ///
  /// @throws WorkerFailure if it fails; unless the worker lives on, the competitor is out
  Reply.Generated generate(PromptCase promptCase) throws WorkerFailure {
    Worker running = worker;
    if (running == null) {
      throw failure == null
          ? new WorkerFailure(WorkerFailure.Kind.CRASHED, variant.label() + " is not running")
          : failure;
    }
    try {
      long start = System.nanoTime();
      Reply.Generated generated =
          running.generate(
              new Request.Generate(promptCase.ids(), promptCase.depth(), promptCase.newTokens()),
              factory.timeout());
      double millis = (System.nanoTime() - start) / 1e6;
      if (generated.tokenIds().length != generated.tokenNanos().length) {
        throw new WorkerFailure(
            WorkerFailure.Kind.INVALID_REPLY, variant.label() + " gave tokens without times");
      }
      long[] nanos = generated.tokenNanos();
      tokensInRounds += nanos.length;
      if (nanos.length > 0 && promptCase.depth() == 0) { // What is fed before is not timed.
        clock.add(promptCase.promptId(), millis, nanos[nanos.length - 1] / 1e6);
      }
      if (nanos.length > 1) {
        double tokenMillis = (nanos[nanos.length - 1] - nanos[0]) / 1e6 / (nanos.length - 1);
        tokenMillisPerPosition = tokenMillis / (promptCase.ids().length + nanos.length);
      }
      return generated;
    } catch (WorkerFailure e) {
      note(e);
      throw e;
    }
  }

  /// What is wrong with the clock that times it, or null.
  @Nullable String clockProblem() {
    return clock.problem();
  }

  /// Has it say anew what really runs: after load it may not have had all its memory yet, and large
  /// pages may come later. Nothing changes if it cannot.
  void describe() {
    Worker running = worker;
    if (running != null && running.answers(Request.Describe.class)) {
      try {
        Reply.Description now =
            running.call(new Request.Describe(), Reply.Description.class, factory.timeout());
        executionPath = now.executionPath();
        outsideNow = now.outsideHeapBytes();
      } catch (WorkerFailure e) {
        note(e);
      }
    }
  }

  /// From here on its memory must not grow.
  void beginRounds() {
    describe();
    outsideBeforeRounds = outsideNow;
    tokensInRounds = 0;
  }

  /// What it held outside the heap by now; null if that is not known, or where it does not compute
  /// on the CPU: a driver's memory is not the backend's.
  MemoryAccounts.@Nullable Account memory() {
    Long beforeLoad = outsideBeforeLoad;
    Long beforeRounds = outsideBeforeRounds;
    Long now = outsideNow;
    return beforeLoad == null || beforeRounds == null || now == null || !isOnCpu()
        ? null
        : new MemoryAccounts.Account(
            variant.label(),
            factory.outsideHeapBytes(variant),
            factory.config().kvBytesPerPosition() * factory.config().nPositions(),
            beforeRounds - beforeLoad,
            now - beforeLoad,
            tokensInRounds);
  }

  private boolean isOnCpu() {
    return executionPath.getOrDefault("device", "").equals("cpu");
  }

  /// How long a token after the first took in the last generation, over the position of the last
  /// one; null if there was none. Without a cache a token takes longer with every position.
  @Nullable Double tokenMillisPerPosition() {
    return tokenMillisPerPosition;
  }

  /// Whether the backend declares that it computes something else than fp32 GPT-2.
  boolean isApproximate() {
    return variant.isApproximate();
  }

  /// Whether its logits can be looked at, or only its tokens.
  boolean showsLogits() {
    return showsLogits;
  }

  /// Remembers a failure; unless the worker lives on, the competitor is out.
  void note(WorkerFailure e) {
    failure = e;
    if (!e.workerIsAlive()) {
      fatalFailure = e;
      close();
    }
  }

  boolean isRunning() {
    return worker != null;
  }

  BackendVariant variant() {
    return variant;
  }

  @Nullable Worker worker() {
    return worker;
  }

  Map<String, String> executionPath() {
    return executionPath;
  }

  /// What it runs on, as far as the backend says.
  Sample.Execution execution() {
    return new Sample.Execution(
        executionPath.getOrDefault("device", ""),
        threads(),
        executionPath.getOrDefault(InferenceModel.LESS_WORK, ""),
        clockName());
  }

  private String clockName() {
    Engine engine = variant.engine();
    if (engine == null) {
      return Sample.Execution.WORKER_CLOCK;
    }
    return engine.isTimedByClient() ? Sample.Execution.CLIENT_CLOCK : Sample.Execution.ENGINE_CLOCK;
  }

  /// Whether it is known to compute on this machine's processors, and on how many.
  boolean isBoundByCpu() {
    return variant.engine() == null || (isOnCpu() && threads() != null);
  }

  /// How many threads compute, if the backend says.
  @Nullable Integer threads() {
    String threads = executionPath.get("threads");
    try {
      return threads == null ? null : Integer.valueOf(threads);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  Sample.@Nullable Load load() {
    return load;
  }

  /// The last thing that went wrong.
  @Nullable WorkerFailure failure() {
    return failure;
  }

  /// What ended the worker, told once: the row that pays for it says how it failed, later ones only
  /// that they were not run.
  @Nullable WorkerFailure takeFatalFailure() {
    WorkerFailure told = fatalFailure;
    fatalFailure = null;
    return told;
  }

  @Override
  public void close() {
    if (worker != null) {
      worker.close();
      worker = null;
    }
  }
}
