package dev.lockstep.api;

import java.util.List;

/// A way to run GPT-2: the entry point of a plugin.
///
/// The harness finds backends with [java.util.ServiceLoader], so an implementation is a public
/// class with a public no-argument constructor, named in
/// `META-INF/services/dev.lockstep.api.Backend`.
///
/// **Who calls what, and where.** The parent process (the CLI) creates every backend to list it,
/// and calls [#spiVersion], [#id], [#description], [#options], [#jvmArgs], [#privateBytes],
/// [#heapBytes] and [#approximate] there; these must be cheap and must not touch native libraries,
/// devices or incubator modules. The provider class itself must not *link* such types (keep them
/// behind a class that only [#load] or [#availability] reaches), because the parent runs without
/// the flags of [#jvmArgs]. [#availability] and [#load] are called in a worker JVM that was started
/// with those flags, on one thread, one backend per worker.
public interface Backend {

  /// The version of the SPI that the backend was compiled for. It is the same line in every
  /// backend, `return Spi.VERSION;`: the compiler copies the number into the class file, so that
  /// an old jar tells its own. The harness refuses any version but the one it has.
  int spiVersion();

  /// A unique name of lower-case letters, digits and hyphens (`[a-z0-9-]+`). Of two
  /// plugins with the same id neither is chosen: the harness names both jars, and `id@jar` says
  /// which is meant.
  String id();

  /// One line for people: what this backend is.
  String description();

  /// The options this backend understands, in the order in which help shows them.
  default List<BackendOption> options() {
    return List.of();
  }

  /// Flags that the worker JVM needs, for example `--add-modules jdk.incubator.vector`.
  default List<String> jvmArgs(OptionValues options) {
    return List.of();
  }

  /// How many bytes `load` plus one session will hold that no other process shares: packed copies
  /// of weights, caches, device staging. The checkpoint itself is memory-mapped and shared, so it
  /// is not counted. The planner sums this over the workers before it starts them. The default
  /// assumes one private copy of all weights.
  default long privateBytes(Gpt2Config config, OptionValues options) {
    return config.parameterCount() * Float.BYTES;
  }

  /// How many of [#privateBytes] lie on the Java heap while a generation at full context runs. A
  /// worker that is timed gets a heap with room for them, all of which is touched before the first
  /// answer: an answer that touches a page for the first time pays for the page fault. The default
  /// is all of them, but at most 256 MiB.
  default long heapBytes(Gpt2Config config, OptionValues options) {
    return Math.min(privateBytes(config, options), 256L << 20);
  }

  /// Whether this backend computes something else than fp32 GPT-2 on purpose (quantised weights,
  /// reduced precision). Such a backend is never reported as token-identical; its agreement rate is
  /// shown instead, and its speed apart from the others.
  default boolean approximate(OptionValues options) {
    return false;
  }

  /// Whether this backend can run here. Never throws: whatever goes wrong becomes an
  /// [Availability.Unavailable] with a reason and a remedy. Called in a worker, under a timeout.
  default Availability availability(OptionValues options) {
    return new Availability.Available("cpu");
  }

  /// Prepares a model. The weights stay valid and unchanged until the returned model is closed.
  ///
  /// Never falls back silently: a backend that cannot do what the options say throws.
  ///
  /// @throws IllegalArgumentException if an option is out of range for this model or machine
  /// @throws IllegalStateException if the device or a library fails
  InferenceModel load(Gpt2Weights weights, OptionValues options);
}
