package dev.lockstep.api;

import java.util.Map;
import java.util.Optional;

/// A model that a backend has made ready to run: packed weights, compiled kernels, a thread pool.
///
/// Sessions of one model may be used from different threads at the same time, each from one thread;
/// [#newSession] may be called from any thread.
public interface InferenceModel extends AutoCloseable {
  /// The key in [#executionPath] of a model that need not do all of the work that the machine's
  /// limit counts, and may be faster than it: which work it saves, in words. Without it, figures
  /// above the limit are not believed.
  String LESS_WORK = "less_work";

  /// The shape of the model.
  Gpt2Config config();

  /// A new, empty session. It does not disturb the others.
  ///
  /// @throws IllegalStateException if the model is closed
  InferenceSession newSession();

  /// What really runs, for the report: `device`, `threads`, `precision`, `vector_bits`, `kernels`
  /// and whatever else tells this path from another. `device` and `threads` are mandatory. The keys
  /// are snake_case; the map may change as sessions run (an acceptance rate, say).
  Map<String, String> executionPath();

  /// The read bandwidth and FMA rate of the device, measured now, where the device is not the CPU.
  /// The harness measures the CPU itself.
  default Optional<Ceilings> measureCeilings() {
    return Optional.empty();
  }

  /// Frees everything the model owns, its sessions included. Closing twice does nothing.
  @Override
  void close();
}
