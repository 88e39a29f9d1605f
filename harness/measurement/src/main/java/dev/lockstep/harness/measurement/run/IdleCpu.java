package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.worker.Worker;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The processor time that waiting workers burn while another one is measured. They should burn
/// none.
final class IdleCpu {
  private final List<Worker> waiting;
  private final @Nullable Long cpuNanos;
  private final long startNanos = System.nanoTime();

  private IdleCpu(List<Worker> waiting) {
    this.waiting = waiting;
    this.cpuNanos = total();
  }

  /// Starts watching everybody but the one at work.
  static IdleCpu start(List<Competitor> all, Competitor atWork) {
    return new IdleCpu(
        all.stream()
            .filter(competitor -> competitor != atWork)
            .map(Competitor::worker)
            .filter(java.util.Objects::nonNull)
            .map(java.util.Objects::requireNonNull)
            .toList());
  }

  /// What they have used since, of one core; null if the system does not tell.
  @Nullable Double percent() {
    Long now = total();
    long elapsed = System.nanoTime() - startNanos;
    return now == null || cpuNanos == null ? null : 100.0 * (now - cpuNanos) / elapsed;
  }

  private @Nullable Long total() {
    long sum = 0;
    for (Worker worker : waiting) {
      Long nanos = worker.cpuNanos();
      if (nanos == null) {
        return null;
      }
      sum += nanos;
    }
    return sum;
  }
}
