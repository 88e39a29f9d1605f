package dev.lockstep.verify.explain;

import dev.lockstep.verify.explain.AttentionOperation.Form;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The usual mistakes in attention: its scale, its mask, its layout, and rows of the KV cache that
/// are not what they should be.
final class AttentionSuspects {
  private static final int[] BLOCKS = {2, 4, 8, 16, 32, 64};

  private final AttentionOperation right;
  private final Trace trace;
  private final int firstWrong;

  /// @param firstWrong the first position at which the result is wrong
  AttentionSuspects(AttentionOperation right, Trace trace, int firstWrong) {
    this.right = right;
    this.trace = trace;
    this.firstWrong = firstWrong;
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
    add(suspects, "powers of 2 are taken, not of e", form.divisor(form.divisor() / Math.log(2)));
    add(
        suspects,
        "mask off by one: a query does not see its own position",
        form.window(p -> 0, p -> Math.max(1, p)));
    add(
        suspects,
        "mask off by one: a query sees the position after its own",
        form.window(p -> 0, p -> Math.min(p + 2, length)));
    add(
        suspects,
        "mask off by one: a query does not see its own position, and the first sees nothing",
        form.window(p -> 0, p -> p));
    for (int block : BLOCKS) {
      add(
          suspects,
          "positions that fill no block of %d are not seen, but in a sequence shorter than one"
              .formatted(block),
          form.window(p -> 0, p -> p < block ? p + 1 : (p + 1) / block * block));
    }
    add(suspects, "no mask: a query sees every position", form.window(p -> 0, p -> length));
    add(
        suspects,
        "a query does not see the first position",
        form.window(p -> Math.min(1, p), p -> p + 1));
    add(suspects, "a query sees its own position only", form.window(p -> p, p -> p + 1));
    int n = firstWrong;
    if (n > 0) {
      add(
          suspects,
          "a query sees the last %d positions only".formatted(n),
          form.window(p -> Math.max(0, p + 1 - n), p -> p + 1));
      add(
          suspects,
          "a query sees the first %d positions only".formatted(n),
          form.window(p -> 0, p -> Math.min(p + 1, n)));
    }
    add(suspects, "keys and values are swapped", form.parts(0, 2, 1));
    add(suspects, "queries and keys are swapped", form.parts(1, 0, 2));
    add(suspects, "keys are used as values", form.parts(0, 1, 1));
    add(suspects, "keys, values and queries are taken for q, k and v", form.parts(1, 2, 0));
    add(suspects, "values, queries and keys are taken for q, k and v", form.parts(2, 0, 1));
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
    suspects.add(
        new Alternative(
            "the keys are one position late, the values are not",
            Rewired.onChanged(right, (p, row, inputs) -> lateAlone(1, p, row, inputs))));
    suspects.add(
        new Alternative(
            "the values are one position late, the keys are not",
            Rewired.onChanged(right, (p, row, inputs) -> lateAlone(2, p, row, inputs))));
    addMixtures(suspects);
    addRoundings(suspects);
    // A batch may overwrite its own first rows, so that every query of it is wrong.
    IntStream.concat(IntStream.of(firstWrong), IntStream.iterate(4, n -> n < length, n -> 2 * n))
        .filter(n -> n > 0)
        .distinct()
        .forEach(n -> addRing(suspects, n, length));
  }

  /// A cache in a narrower format.
  private void addRoundings(List<Alternative> suspects) {
    for (Precision precision : Precision.ALL) {
      addRounding(suspects, precision, "keys and values", 1, 3);
      addRounding(suspects, precision, "keys", 1, 2);
      addRounding(suspects, precision, "values", 2, 3);
      addRounding(suspects, precision, "queries, keys and values", 0, 3);
    }
  }

  private void addRounding(
      List<Alternative> suspects, Precision precision, String what, int from, int to) {
    suspects.add(
        new Alternative(
            "%s are rounded to %s".formatted(what, precision.name()),
            Rewired.onChanged(
                right,
                (p, row, inputs) -> {
                  double[] values = row.values().clone();
                  for (int c = from * channels(); c < to * channels(); c++) {
                    values[c] = precision.rounding().applyAsDouble(values[c]);
                  }
                  return new Estimate(values, row.budget());
                })));
  }

  /// Keys and values of other heads and other layers.
  private void addMixtures(List<Alternative> suspects) {
    suspects.add(
        new Alternative(
            "q * k lacks the last channel of every head",
            Rewired.onChanged(right, (p, row, inputs) -> withoutLastOfQueries(row))));
    for (int head = 0; head < right.heads(); head++) {
      int source = head;
      suspects.add(
          new Alternative(
              "every head has the keys and values of head " + head,
              Rewired.onChanged(right, (p, row, inputs) -> ofHead(row, h -> source))));
    }
    suspects.add(
        new Alternative(
            "every head has the keys and values of the next one",
            Rewired.onChanged(
                right, (p, row, inputs) -> ofHead(row, h -> (h + 1) % right.heads()))));
    for (String other : trace.shown()) {
      if (other.endsWith(".attn.c_attn") && !other.equals(right.input())) {
        suspects.add(
            new Alternative(
                "the cache holds the keys and values of " + other,
                Rewired.onChanged(
                    right, (p, row, inputs) -> mixed(row, inputs.row(other, p).values()))));
      }
    }
  }

  /// One part of a row of `c_attn` is that of the position before.
  private Estimate lateAlone(int part, int position, Estimate row, Inputs inputs) {
    double[] values = row.values().clone();
    double[] before = inputs.row(right.input(), Math.max(0, position - 1)).values();
    System.arraycopy(before, part * channels(), values, part * channels(), channels());
    return new Estimate(values, row.budget());
  }

  private Estimate withoutLastOfQueries(Estimate row) {
    double[] values = row.values().clone();
    for (int head = 1; head <= right.heads(); head++) {
      values[head * right.headSize() - 1] = 0;
    }
    return new Estimate(values, row.budget());
  }

  private Estimate ofHead(Estimate row, IntUnaryOperator source) {
    double[] values = row.values().clone();
    int headSize = right.headSize();
    for (int c = channels(); c < values.length; c++) {
      int within = c % channels();
      int from = source.applyAsInt(within / headSize) * headSize + within % headSize;
      values[c] = row.values()[c / channels() * channels() + from];
    }
    return new Estimate(values, row.budget());
  }

  /// A cache of n rows, in which position n overwrites row 0: every row that is read holds the
  /// latest position that was written to it.
  private void addRing(List<Alternative> suspects, int n, int length) {
    suspects.add(
        new Alternative(
            "the cache is a ring of %d rows: later positions overwrite earlier ones".formatted(n),
            perQuery((query, p) -> query - (query - p) % n)));
    suspects.add(
        new Alternative(
            "the cache is a ring of %d rows: later positions of a batch overwrite earlier ones"
                .formatted(n),
            perQuery(
                (query, p) -> {
                  int last = query;
                  while (last + 1 < length && trace.firstOfCall(last + 1) <= query) {
                    last++;
                  }
                  return last - (last - p) % n;
                })));
  }

  /// Each query on its own, with the keys and values of other positions.
  ///
  /// @param source which position's, by the query's position and the one that is read
  private Operation perQuery(IntBinaryOperator source) {
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
                    Rewired.onChanged(
                            right,
                            (p, row, unchanged) ->
                                mixed(
                                    row,
                                    unchanged
                                        .row(right.input(), source.applyAsInt(query, p))
                                        .values()))
                        .evaluate(new int[] {query}, inputs)[0])
            .toArray(Estimate[]::new);
      }
    };
  }

  private List<String> origins(int length) {
    return IntStream.range(0, length)
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
