package dev.lockstep.harness.verification;

import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Knows what is right, and how far fp32 rounding alone may stray from it: the naive backend in
/// double and in single precision, each in a worker of its own, started when first asked.
public final class RoundingOracle implements AutoCloseable {
  /// How many times the rounding error of naive fp32 another fp32 implementation may err. Naive
  /// adds up in the order that rounds worst, so a right one stays well below.
  public static final double ROUNDING_FACTOR = 16;

  private final WorkerFactory factory;
  private final BackendVariant single;
  private final BackendVariant exact;
  private @Nullable Worker singleWorker;
  private @Nullable Worker exactWorker;

  public RoundingOracle(WorkerFactory factory, BackendCatalog catalog) {
    this.factory = factory;
    single = new BackendVariant(catalog.get("naive"), Map.of("precision", "f32"));
    exact = new BackendVariant(catalog.get("naive"), Map.of("precision", "f64"));
  }

  /// The memory that both workers need for themselves.
  public long privateBytes() {
    return single.privateBytes(factory.config()) + exact.privateBytes(factory.config());
  }

  /// The logits of both precisions for the same tokens.
  public record Answer(ForcedLogits single, ForcedLogits exact) implements AutoCloseable {
    /// max |single − exact| of a row.
    public double roundingError(int row) throws WorkerFailure {
      double[] f32 = single.row(row);
      double[] f64 = exact.row(row);
      double error = 0;
      for (int i = 0; i < f64.length; i++) {
        error = Math.max(error, Math.abs(f32[i] - f64[i]));
      }
      return error;
    }

    @Override
    public void close() {
      single.close();
      exact.close();
    }
  }

  /// The logits at every position of `tokenIds` from `from` on.
  public Answer ask(int[] tokenIds, int from) throws WorkerFailure {
    if (singleWorker == null) {
      singleWorker = factory.open(single);
    }
    Worker inDouble = exactWorker();
    ForcedLogits f32 = logits(singleWorker, tokenIds, from);
    try {
      return new Answer(f32, logits(inDouble, tokenIds, from));
    } catch (WorkerFailure e) {
      f32.close();
      throw e;
    }
  }

  /// The logits in double precision at every position of `tokenIds`.
  public ForcedLogits exact(int[] tokenIds) throws WorkerFailure {
    return logits(exactWorker(), tokenIds, 0);
  }

  private ForcedLogits logits(Worker worker, int[] tokenIds, int from) throws WorkerFailure {
    return ForcedLogits.of(worker, tokenIds, from, factory.config().vocabSize(), factory.timeout());
  }

  private Worker exactWorker() throws WorkerFailure {
    if (exactWorker == null) {
      exactWorker = factory.open(exact);
    }
    return exactWorker;
  }

  /// Ends the workers; the next question starts new ones.
  @Override
  public void close() {
    if (singleWorker != null) {
      singleWorker.close();
      singleWorker = null;
    }
    if (exactWorker != null) {
      exactWorker.close();
      exactWorker = null;
    }
  }
}
