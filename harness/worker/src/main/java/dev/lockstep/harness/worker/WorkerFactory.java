package dev.lockstep.harness.worker;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.catalog.PluginClassLoader;
import dev.lockstep.harness.worker.engine.Engine;
import dev.lockstep.harness.worker.engine.Link;
import dev.lockstep.harness.worker.machine.JavaOptions;
import dev.lockstep.harness.worker.machine.Pin;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Starts workers for one command: knows the model, the plugins, where logs go and how long to
/// wait.
///
/// @param model null for a command that loads none
/// @param plugins jars and directories that the command was given
/// @param logs where the worker of a name writes what it prints
/// @param timeout for each request
/// @param pin where workers may run; null for anywhere
public record WorkerFactory(
    @Nullable Model model,
    List<Path> plugins,
    List<String> extraJvmArgs,
    Function<String, Path> logs,
    Duration timeout,
    @Nullable Pin pin) {

  private static final long HEAP_RESERVE_BYTES = 1L << 30;
  private static final int DEFAULT_HEAP_FRACTION = 4;

  /// What the worker itself has on the heap: code that is loaded, messages, logits handed over.
  private static final long OWN_HEAP_BYTES = 48L << 20;

  private static final long MIN_YOUNG_BYTES = 32L << 20;
  private static final long MAX_YOUNG_BYTES = 256L << 20;

  private static final List<String> PROBE_FLAGS =
      List.of(
          "--add-modules=jdk.incubator.vector",
          "-XX:+UseTransparentHugePages",
          "-Xbatch",
          "-XX:+UseParallelGC",
          "-Xmx3g");

  /// A model that workers load.
  ///
  /// @param argument as the user wrote it; each worker of ours opens it for itself
  /// @param directory where its files lie, for somebody else's
  public record Model(String argument, Path directory, Gpt2Config config) {}

  public WorkerFactory {
    plugins = List.copyOf(plugins);
    extraJvmArgs = List.copyOf(extraJvmArgs);
  }

  /// The same, with another patience.
  public WorkerFactory withTimeout(Duration other) {
    return new WorkerFactory(model, plugins, extraJvmArgs, logs, other, pin);
  }

  /// The same, with another JVM flag.
  public WorkerFactory withJvmArg(String argument) {
    List<String> arguments = new ArrayList<>(extraJvmArgs);
    arguments.add(argument);
    return new WorkerFactory(model, plugins, arguments, logs, timeout, pin);
  }

  /// The same, with workers that may run on some processors only; null for all.
  public WorkerFactory withPin(@Nullable Pin other) {
    return new WorkerFactory(model, plugins, extraJvmArgs, logs, timeout, other);
  }

  /// The model as the user wrote it.
  public String modelArgument() {
    return required().argument();
  }

  /// The model's configuration.
  public Gpt2Config config() {
    return required().config();
  }

  private Model required() {
    if (model == null) {
      throw new IllegalStateException("this command loads no model");
    }
    return model;
  }

  /// A worker for a variant, nothing loaded yet.
  public Worker start(BackendVariant variant) throws WorkerFailure {
    return start(variant, jvmArgs(variant));
  }

  /// As [#start], for a variant that is going to be timed: with a heap that is touched and does not
  /// grow meanwhile.
  public Worker startTimed(BackendVariant variant) throws WorkerFailure {
    return start(variant, timedJvmArgs(variant));
  }

  private Worker start(BackendVariant variant, List<String> flags) throws WorkerFailure {
    Engine engine = variant.engine();
    WorkerProgram program =
        switch (engine == null ? null : engine.link()) {
          case null -> new JavaWorker(flags, PluginClassLoader.jarsOf(variant.backend()));
          case Link.Exec exec -> new EngineWorker(exec);
          case Link.Http http -> new HttpWorker(Objects.requireNonNull(engine));
        };
    return Worker.start(
        new WorkerCommand(variant.label(), program, logs.apply(variant.fileName()), pin));
  }

  /// The flags that a variant's JVM is started with: the backend's own and a larger heap where the
  /// default would not hold what the backend says it needs, as far as the environment and the user
  /// do not decide otherwise; then the user's. None where it runs in no JVM of ours.
  public List<String> jvmArgs(BackendVariant variant) {
    return jvmArgs(variant, List.of());
  }

  /// As [#jvmArgs], for a worker of [#startTimed]. The scalar backends make their rows anew; with
  /// an untouched heap each new page is a fault until the nursery was walked through once, and
  /// again whenever it grows. So the nursery has a fixed size, and all of the heap that is needed
  /// is touched at the start.
  public List<String> timedJvmArgs(BackendVariant variant) {
    if (variant.engine() != null) {
      return List.of();
    }
    long young = youngBytes(variant);
    long heap = variant.heapBytes(config()) + young + OWN_HEAP_BYTES;
    List<String> touched = new ArrayList<>();
    touched.add("-Xms" + (heap >> 20) + "m");
    if (variant.jvmArgs().stream().noneMatch(flag -> flag.startsWith("-Xmn"))) {
      touched.add("-Xmn" + (young >> 20) + "m");
    }
    touched.add("-XX:+AlwaysPreTouch");
    return jvmArgs(variant, touched);
  }

  private long youngBytes(BackendVariant variant) {
    long quarter = variant.heapBytes(config()) / 4;
    return Math.clamp(quarter, MIN_YOUNG_BYTES, MAX_YOUNG_BYTES);
  }

  /// What a worker of [#startTimed] holds for itself: what the backend says it needs, and the rest
  /// of the heap.
  public long timedBytes(BackendVariant variant) {
    if (variant.engine() != null) {
      return variant.privateBytes(config());
    }
    return variant.privateBytes(config()) + youngBytes(variant) + OWN_HEAP_BYTES;
  }

  /// What a backend says that it holds outside the Java heap.
  public long outsideHeapBytes(BackendVariant variant) {
    return variant.privateBytes(config()) - variant.heapBytes(config());
  }

  private List<String> jvmArgs(BackendVariant variant, List<String> more) {
    if (variant.engine() != null) {
      return List.of();
    }
    List<String> arguments = new ArrayList<>(variant.jvmArgs());
    arguments.addAll(more);
    long needed = HEAP_RESERVE_BYTES + (model == null ? 0 : variant.privateBytes(model.config()));
    long byDefault = physicalBytes() / DEFAULT_HEAP_FRACTION;
    if (needed > byDefault && arguments.stream().noneMatch(a -> a.startsWith("-Xmx"))) {
      arguments.add("-Xmx" + (needed >> 20) + "m");
    }
    return JavaOptions.ofEnvironment().merge(arguments, extraJvmArgs);
  }

  private static long physicalBytes() {
    var system = java.lang.management.ManagementFactory.getOperatingSystemMXBean();
    return system instanceof com.sun.management.OperatingSystemMXBean memory
        ? memory.getTotalMemorySize()
        : Long.MAX_VALUE;
  }

  /// Whether a variant can run here, asked in its worker.
  public Reply.AvailabilityAnswer availability(Worker worker, BackendVariant variant)
      throws WorkerFailure {
    if (!worker.answers(Request.CheckAvailability.class)) {
      return new Reply.AvailabilityAnswer(true, "a device that it does not name", null, null);
    }
    return worker.call(
        new Request.CheckAvailability(variant.id(), variant.given()),
        Reply.AvailabilityAnswer.class,
        timeout);
  }

  /// Loads the model into a worker.
  public Reply.Loaded load(Worker worker, BackendVariant variant) throws WorkerFailure {
    Engine engine = variant.engine();
    String argument =
        engine == null ? modelArgument() : required().directory().toAbsolutePath().toString();
    Reply.Loaded loaded =
        worker.call(
            new Request.Load(variant.id(), variant.given(), argument), Reply.Loaded.class, timeout);
    return engine == null ? loaded : loaded.with("claims", engine.claims().describe());
  }

  /// A worker with the model loaded.
  public Worker open(BackendVariant variant) throws WorkerFailure {
    Worker worker = start(variant);
    try {
      load(worker, variant);
      return worker;
    } catch (WorkerFailure e) {
      worker.close();
      throw e;
    }
  }

  /// As [#open], for a worker that stands beside others: with a greatest heap of
  /// [#compactBytes], however much memory there is.
  public Worker openCompact(BackendVariant variant) throws WorkerFailure {
    List<String> heap = List.of("-Xmx" + (compactBytes(variant) >> 20) + "m");
    Worker worker = start(variant, jvmArgs(variant, heap));
    try {
      load(worker, variant);
      return worker;
    } catch (WorkerFailure e) {
      worker.close();
      throw e;
    }
  }

  /// What a variant is given that lives on the heap alone: half of it is for what it holds, the
  /// other half for what it leaves behind.
  public long compactBytes(BackendVariant variant) {
    return 2 * variant.heapBytes(config()) + MAX_YOUNG_BYTES;
  }

  /// The worker that measures the CPU. It needs the Vector API, and large pages make the ceiling
  /// the hardware's rather than the page table's.
  public Worker startProbe() throws WorkerFailure {
    return Worker.start(
        new WorkerCommand(
            "probe",
            new JavaWorker(JavaOptions.ofEnvironment().merge(PROBE_FLAGS, List.of()), List.of()),
            logs.apply("probe"),
            pin));
  }
}
