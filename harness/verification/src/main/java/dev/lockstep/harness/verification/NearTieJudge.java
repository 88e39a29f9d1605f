package dev.lockstep.harness.verification;

import dev.lockstep.api.Logits;
import dev.lockstep.harness.worker.WorkerFailure;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Decides between [MatchClass#NEAR_TIE] and [MatchClass#DIVERGED], once tokens have been found to
/// differ.
///
/// Let `f32` and `f64` be the naive backend's logits at the position of the first difference, in
/// single and in double precision. The bound is `16 × max|f32 − f64|`: what rounding alone may do
/// there. It is a near tie if the reference's margin (of `f64`, best minus second) is below the
/// bound and the tested backend's token is within it of the best. The tested backend's own error
/// never enters.
public final class NearTieJudge {
  private final RoundingOracle oracle;
  private final Map<List<Integer>, Position> positions = new HashMap<>();

  /// What the reference says about one position.
  private record Position(double[] logits, double bound) {}

  public NearTieJudge(RoundingOracle oracle) {
    this.oracle = oracle;
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
    boolean nearTie =
        actualId != null
            && margin < position.bound()
            && isWithin(position.bound(), position.logits(), actualId);
    return new Verdict(
        nearTie ? MatchClass.NEAR_TIE : MatchClass.DIVERGED,
        new Verdict.Difference(index, expectedId, actualId, margin, position.bound()));
  }

  private static boolean isWithin(double bound, double[] logits, int id) {
    return id >= 0 && id < logits.length && logits[Logits.argmax(logits)] - logits[id] < bound;
  }

  private Position position(int[] context) throws WorkerFailure {
    List<Integer> key = Arrays.stream(context).boxed().toList();
    Position known = positions.get(key);
    if (known == null) {
      try (RoundingOracle.Answer answer = oracle.ask(context, context.length - 1)) {
        RoundingOracle.Row right = answer.row(0);
        known = new Position(right.exact(), RoundingOracle.ROUNDING_FACTOR * right.roundingError());
      }
      positions.put(key, known);
    }
    return known;
  }
}
