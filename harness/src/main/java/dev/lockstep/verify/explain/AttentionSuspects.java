package dev.lockstep.verify.explain;

import dev.lockstep.verify.explain.AttentionOperation.Form;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The usual mistakes in attention: its scale, its mask, its layout, and rows of the KV cache that
/// are not what they should be.
final class AttentionSuspects {
  private final AttentionOperation right;
  private final Trace trace;

  AttentionSuspects(AttentionOperation right, Trace trace) {
    this.right = right;
    this.trace = trace;
  }

  void addTo(List<Alternative> suspects) {
    Form form = right.form();
    int headSize = right.headSize();
    int channels = right.heads() * headSize;
    int length = trace.tokens().length;
    add(suspects, "scores are not scaled", form.divisor(1));
    add(suspects, "wrong scale: scores are divided by hs, not by sqrt(hs)", form.divisor(headSize));
    add(
        suspects,
        "wrong scale: scores are divided by sqrt(C), not by sqrt(hs)",
        form.divisor(Math.sqrt(channels)));
    add(
        suspects,
        "mask off by one: a query does not see its own position",
        form.window(p -> 0, p -> Math.max(1, p)));
    add(
        suspects,
        "mask off by one: a query sees the position after its own",
        form.window(p -> 0, p -> Math.min(p + 2, length)));
    add(suspects, "no mask: a query sees every position", form.window(p -> 0, p -> length));
    add(
        suspects,
        "a query does not see the first position",
        form.window(p -> Math.min(1, p), p -> p + 1));
    add(suspects, "a query sees its own position only", form.window(p -> p, p -> p + 1));
    add(suspects, "keys and values are swapped", form.parts(0, 2, 1));
    add(suspects, "queries and keys are swapped", form.parts(1, 0, 2));
    add(suspects, "keys are used as values", form.parts(0, 1, 1));
    add(
        suspects,
        "heads are interleaved: channel i of head h is written to i * heads + h",
        form.interleaved(false, true));
    add(
        suspects,
        "heads are interleaved: channel i of head h is read from i * heads + h",
        form.interleaved(true, false));
    add(
        suspects,
        "heads are interleaved: channel i of head h lies at i * heads + h",
        form.interleaved(true, true));
    addCacheRows(suspects, length);
  }

  private void add(List<Alternative> suspects, String hint, Form form) {
    suspects.add(
        new Alternative(
            hint, new AttentionOperation(right.input(), right.heads(), right.headSize(), form)));
  }

  private void addCacheRows(List<Alternative> suspects, int length) {
    for (int row = 0; row < length; row++) {
      int stale = row;
      for (Trace.Foreign foreign : trace.foreign(right.input(), row)) {
        suspects.add(
            new Alternative(
                "stale cache row: position %d has the keys and values %s"
                    .formatted(row, foreign.origin()),
                withKeysAndValues(p -> p == stale, p -> foreign.values())));
      }
      suspects.add(
          new Alternative(
              "the cache row of position %d is empty".formatted(row),
              withKeysAndValues(p -> p == stale, p -> new double[3 * channels()])));
    }
    for (String origin : origins(length)) {
      suspects.add(
          new Alternative(
              "the cache holds the keys and values " + origin,
              withKeysAndValues(p -> true, p -> foreign(origin, p))));
      suspects.add(
          new Alternative(
              "the cache holds, of the calls before, the keys and values " + origin,
              earlierCalls(origin)));
    }
    suspects.add(
        new Alternative(
            "the cache is one position late: keys and values are those of the position before",
            Rewired.onChanged(
                right,
                (p, row, inputs) ->
                    mixed(row, inputs.row(right.input(), Math.max(0, p - 1)).values()))));
  }

  private List<String> origins(int length) {
    return java.util.stream.IntStream.range(0, length)
        .boxed()
        .flatMap(p -> trace.foreign(right.input(), p).stream())
        .map(Trace.Foreign::origin)
        .distinct()
        .toList();
  }

  private double @Nullable [] foreign(String origin, int position) {
    for (Trace.Foreign foreign : trace.foreign(right.input(), position)) {
      if (foreign.origin().equals(origin)) {
        return foreign.values();
      }
    }
    return null;
  }

  /// Where a row of `c_attn` comes from, or null to leave it.
  private interface RowSource {
    double @Nullable [] row(int position);
  }

  private Operation withKeysAndValues(Predicate<Integer> where, RowSource source) {
    return Rewired.onChanged(
        right,
        (position, row, inputs) -> {
          double[] other = where.test(position) ? source.row(position) : null;
          return other == null ? row : mixed(row, other);
        });
  }

  /// Each query on its own: the rows of the calls before its own are foreign.
  private Operation earlierCalls(String origin) {
    return new Operation() {
      @Override
      public List<String> inputs() {
        return right.inputs();
      }

      @Override
      public Estimate[] evaluate(int[] positions, Inputs inputs) {
        return Arrays.stream(positions)
            .mapToObj(
                query ->
                    withKeysAndValues(p -> p < trace.firstOfCall(query), p -> foreign(origin, p))
                        .evaluate(new int[] {query}, inputs)[0])
            .toArray(Estimate[]::new);
      }
    };
  }

  /// The query of one row with the keys and values of another.
  private Estimate mixed(Estimate row, double[] other) {
    double[] values = other.clone();
    System.arraycopy(row.values(), 0, values, 0, channels());
    return new Estimate(values, row.budget());
  }

  private int channels() {
    return right.heads() * right.headSize();
  }
}
