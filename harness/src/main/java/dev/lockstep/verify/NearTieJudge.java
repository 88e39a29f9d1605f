package dev.lockstep.verify;

import dev.lockstep.api.Logits;
import dev.lockstep.catalog.BackendVariant;
import dev.lockstep.worker.Worker;
import dev.lockstep.worker.WorkerFailure;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Decides between [MatchClass#NEAR_TIE] and [MatchClass#DIVERGED], once tokens have been found to
// differ.
///
/// Let `f32` and `f64` be the naive backend's logits at the position of the first difference, in
// single
/// and in double precision. The bound is `16 × max|f32 − f64|`: what rounding alone may do there.
// It is a
/// near tie if the reference's margin (of `f64`, best minus second) is below the bound and the
// tested
/// backend's token is within it of the best. The tested backend's own error never enters.
public final class NearTieJudge implements AutoCloseable {
  /// How many times the rounding error of naive fp32 a margin must exceed to be decided.
  public static final double ROUNDING_FACTOR = 16;

  /// Opens a worker for a variant with the model loaded; [dev.lockstep.run] knows how.
  @FunctionalInterface
  public interface WorkerOpener {
    Worker open(BackendVariant variant) throws WorkerFailure;
  }

  private final WorkerOpener opener;
  private final BackendVariant single;
  private final BackendVariant oracle;
  private final int vocabSize;
  private final Duration timeout;
  private final Map<List<Integer>, Position> positions = new HashMap<>();
  private @Nullable Worker singleWorker;
  private @Nullable Worker oracleWorker;

  /// What the reference says about one position.
  private record Position(double[] logits, double bound) {}

  /// @param single naive in single precision
  /// @param oracle naive in double precision
  public NearTieJudge(
      WorkerOpener opener,
      BackendVariant single,
      BackendVariant oracle,
      int vocabSize,
      Duration timeout) {
    this.opener = opener;
    this.single = single;
    this.oracle = oracle;
    this.vocabSize = vocabSize;
    this.timeout = timeout;
  }

  /// Compares, and classifies a difference.
  public Verdict judge(int[] promptIds, Expected expected, int[] actual) throws WorkerFailure {
    var first = TokenComparison.firstDifference(expected.tokenIds(), actual);
    if (first.isEmpty()) {
      return Verdict.IDENTICAL;
    }
    int index = first.getAsInt();
    if (index >= expected.tokenIds().length) {
      throw new IllegalArgumentException("more tokens than the reference has");
    }
    int expectedId = expected.tokenIds()[index];
    Integer actualId = index < actual.length ? actual[index] : null;
    int[] context = Arrays.copyOf(promptIds, promptIds.length + index);
    System.arraycopy(expected.tokenIds(), 0, context, promptIds.length, index);
    Position position = position(context);
    double margin = Logits.margin(position.logits());
    double best = position.logits()[Logits.argmax(position.logits())];
    boolean nearTie =
        actualId != null
            && margin < position.bound()
            && best - position.logits()[actualId] < position.bound();
    return new Verdict(
        nearTie ? MatchClass.NEAR_TIE : MatchClass.DIVERGED,
        new Verdict.Difference(index, expectedId, actualId, margin, position.bound()));
  }

  private Position position(int[] context) throws WorkerFailure {
    List<Integer> key = Arrays.stream(context).boxed().toList();
    Position known = positions.get(key);
    if (known != null) {
      return known;
    }
    if (singleWorker == null) {
      singleWorker = opener.open(single);
    }
    if (oracleWorker == null) {
      oracleWorker = opener.open(oracle);
    }
    double[] f32 = lastLogits(singleWorker, context);
    double[] f64 = lastLogits(oracleWorker, context);
    double error = 0;
    for (int i = 0; i < vocabSize; i++) {
      error = Math.max(error, Math.abs(f32[i] - f64[i]));
    }
    Position position = new Position(f64, ROUNDING_FACTOR * error);
    positions.put(key, position);
    return position;
  }

  private double[] lastLogits(Worker worker, int[] context) throws WorkerFailure {
    try (ForcedLogits logits =
        ForcedLogits.of(worker, context, context.length - 1, vocabSize, timeout)) {
      return logits.row(0);
    }
  }

  @Override
  public void close() {
    if (singleWorker != null) {
      singleWorker.close();
    }
    if (oracleWorker != null) {
      oracleWorker.close();
    }
  }
}
