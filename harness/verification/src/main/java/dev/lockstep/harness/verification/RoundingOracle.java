package dev.lockstep.harness.verification;

import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Knows what is right, and how far fp32 rounding alone may stray from it: the naive backend in
/// double and in single precision, each in a worker of its own, started when first asked.
public final class RoundingOracle implements AutoCloseable {
  /// How many times the rounding error of naive fp32 another fp32 implementation may err. Naive
  /// adds up in the order that rounds worst, so a right one stays well below.
  public static final double ROUNDING_FACTOR = 16;

  /// Opens a worker for a variant with the model loaded.
  @FunctionalInterface
  public interface WorkerOpener {
    Worker open(BackendVariant variant) throws WorkerFailure;
  }

  private final WorkerOpener opener;
  private final BackendVariant single;
  private final BackendVariant exact;
  private final int vocabSize;
  private final Duration timeout;
  private @Nullable Worker singleWorker;
  private @Nullable Worker exactWorker;

  /// @param single naive in single precision
  /// @param exact naive in double precision
  public RoundingOracle(
      WorkerOpener opener,
      BackendVariant single,
      BackendVariant exact,
      int vocabSize,
      Duration timeout) {
    this.opener = opener;
    this.single = single;
    this.exact = exact;
    this.vocabSize = vocabSize;
    this.timeout = timeout;
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
      singleWorker = opener.open(single);
    }
    Worker inDouble = exactWorker();
    ForcedLogits f32 = ForcedLogits.of(singleWorker, tokenIds, from, vocabSize, timeout);
    try {
      return new Answer(f32, ForcedLogits.of(inDouble, tokenIds, from, vocabSize, timeout));
    } catch (WorkerFailure e) {
      f32.close();
      throw e;
    }
  }

  /// The logits in double precision at every position of `tokenIds`.
  public ForcedLogits exact(int[] tokenIds) throws WorkerFailure {
    return ForcedLogits.of(exactWorker(), tokenIds, 0, vocabSize, timeout);
  }

  private Worker exactWorker() throws WorkerFailure {
    if (exactWorker == null) {
      exactWorker = opener.open(exact);
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
