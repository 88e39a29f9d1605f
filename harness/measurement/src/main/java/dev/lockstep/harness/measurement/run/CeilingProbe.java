package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.Ceilings;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.Request;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Measures, once a round, the ceilings that each competitor is held against: the CPU's for as many
/// threads as it has, in a worker of its own, or the device's, by the backend itself.
final class CeilingProbe implements AutoCloseable {
  private final WorkerFactory factory;
  private final RunProgress progress;
  private final long bufferBytes;
  private @Nullable Worker worker;
  private boolean broken;

  /// @param bufferBytes how large the model is
  CeilingProbe(WorkerFactory factory, RunProgress progress, long bufferBytes) {
    this.factory = factory;
    this.progress = progress;
    this.bufferBytes = bufferBytes;
  }

  /// The ceilings of this moment; a competitor is absent if its ceilings could not be measured.
  Map<Competitor, Ceilings> measure(List<Competitor> competitors) {
    Map<Competitor, Ceilings> ceilings = new HashMap<>();
    Map<Integer, Ceilings> cpu = new HashMap<>();
    for (Competitor competitor : competitors) {
      Worker running = competitor.worker();
      if (running == null) {
        continue;
      }
      try {
        Ceilings own = running.answers(Request.MeasureDevice.class) ? device(running) : null;
        if (own == null && competitor.isBoundByCpu()) {
          Integer threads = competitor.threads();
          own = cpu(cpu, threads == null ? 1 : threads);
        }
        if (own != null) {
          ceilings.put(competitor, own);
        }
      } catch (WorkerFailure e) {
        progress.warn(
            "the ceilings of %s are missing: %s".formatted(running.name(), e.getMessage()));
      }
    }
    return ceilings;
  }

  private @Nullable Ceilings device(Worker worker) throws WorkerFailure {
    return worker
        .call(new Request.MeasureDevice(), Reply.CeilingsAnswer.class, factory.timeout())
        .ceilings();
  }

  private @Nullable Ceilings cpu(Map<Integer, Ceilings> known, int threads) {
    Ceilings ceilings = known.get(threads);
    if (ceilings == null && !broken) {
      try {
        if (worker == null) {
          worker = factory.startProbe();
        }
        ceilings =
            worker
                .call(
                    new Request.Probe(bufferBytes, threads),
                    Reply.CeilingsAnswer.class,
                    factory.timeout())
                .ceilings();
        if (ceilings != null) {
          known.put(threads, ceilings);
        }
      } catch (WorkerFailure e) {
        broken = true;
        progress.warn("pct_of_limit stays blank: " + e.getMessage());
      }
    }
    return ceilings;
  }

  @Override
  public void close() {
    if (worker != null) {
      worker.close();
    }
  }
}
