package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.harness.diagnosis.operation.AttentionOperation;
import dev.lockstep.harness.diagnosis.operation.Computation;
import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Inputs;
import dev.lockstep.harness.diagnosis.operation.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntBinaryOperator;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Rows of the KV cache that are not what they should be: stale, empty, late, overwritten,
/// narrowed, those of another head or layer.
final class CacheSuspects {
  private final AttentionOperation right;
  private final Trace trace;
  private final int firstWrong;
  private final List<Alternative> suspects = new ArrayList<>();

  /// @param firstWrong the first position at which attention's result is wrong
  CacheSuspects(AttentionOperation right, Trace trace, int firstWrong) {
    this.right = right;
    this.trace = trace;
    this.firstWrong = firstWrong;
  }

  List<Alternative> all() {
    int length = trace.tokens().length;
    for (int row = 0; row < length; row++) {
      int stale = row;
      for (Trace.Foreign foreign : trace.foreign(right.input(), row)) {
        add(
            String.format(
                Locale.ROOT,
                "stale cache row: position %d has the keys and values %s",
                row,
                foreign.origin()),
            withKeysAndValues(p -> p == stale, p -> foreign.values()));
      }
      add(
          String.format(Locale.ROOT, "the cache row of position %d is empty", row),
          withKeysAndValues(p -> p == stale, p -> new double[3 * channels()]));
    }
    for (String origin : origins(length)) {
      add(
          "the cache holds the keys and values " + origin,
          withKeysAndValues(p -> true, p -> foreign(origin, p)));
      add(
          "the cache holds, of the calls before, the keys and values " + origin,
          earlierCalls(origin));
    }
    add(
        "the cache is one position late: keys and values are those of the position before",
        MiswiredOperations.onChanged(
            right,
            (p, row, inputs) ->
                mixed(row, inputs.row(right.input(), Math.max(0, p - 1)).values())));
    add(
        "the keys are one position late, the values are not",
        MiswiredOperations.onChanged(right, (p, row, inputs) -> lateAlone(1, p, row, inputs)));
    add(
        "the values are one position late, the keys are not",
        MiswiredOperations.onChanged(right, (p, row, inputs) -> lateAlone(2, p, row, inputs)));
    addMixtures();
    addRoundings();
    // A batch may overwrite its own first rows, so that every query of it is wrong.
    IntStream.concat(IntStream.of(firstWrong), IntStream.iterate(4, n -> n < length, n -> 2 * n))
        .filter(n -> n > 0)
        .distinct()
        .forEach(n -> addRing(n, length));
    return suspects;
  }

  /// A cache in a narrower format.
  private void addRoundings() {
    for (Precision precision : Precision.ALL) {
      addRounding(precision, "keys and values", 1, 3);
      addRounding(precision, "keys", 1, 2);
      addRounding(precision, "values", 2, 3);
      addRounding(precision, "queries, keys and values", 0, 3);
    }
  }

  private void addRounding(Precision precision, String what, int from, int to) {
    add(
        "%s are rounded to %s".formatted(what, precision.name()),
        MiswiredOperations.onChanged(
            right,
            (p, row, inputs) -> {
              double[] values = row.values().clone();
              for (int c = from * channels(); c < to * channels(); c++) {
                values[c] = precision.rounding().applyAsDouble(values[c]);
              }
              return new Estimate(values, row.budget());
            }));
  }

  /// Keys and values of other heads and other layers.
  private void addMixtures() {
    for (int head = 0; head < right.heads(); head++) {
      int source = head;
      add(
          "every head has the keys and values of head " + head,
          MiswiredOperations.onChanged(right, (p, row, inputs) -> ofHead(row, h -> source)));
    }
    add(
        "every head has the keys and values of the next one",
        MiswiredOperations.onChanged(
            right, (p, row, inputs) -> ofHead(row, h -> (h + 1) % right.heads())));
    for (String other : trace.shown()) {
      if (other.endsWith(".attn.c_attn") && !other.equals(right.input())) {
        add(
            "the cache holds the keys and values of " + other,
            MiswiredOperations.onChanged(
                right, (p, row, inputs) -> mixed(row, inputs.row(other, p).values())));
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
  private void addRing(int n, int length) {
    add(
        String.format(
            Locale.ROOT,
            "the cache is a ring of %d rows: later positions overwrite earlier ones",
            n),
        moved((query, p) -> query - (query - p) % n));
    add(
        String.format(
            Locale.ROOT,
            "the cache is a ring of %d rows: later positions of a batch overwrite earlier ones",
            n),
        moved(
            (query, p) -> {
              int last = query;
              while (last + 1 < length && trace.firstOfCall(last + 1) <= query) {
                last++;
              }
              return last - (last - p) % n;
            }));
  }

  /// Each query on its own, since what it reads depends on it.
  ///
  /// @param ofQuery the operation for the query at a position
  private Computation perQuery(IntFunction<Computation> ofQuery) {
    return (positions, inputs) ->
        Arrays.stream(positions)
            .mapToObj(query -> ofQuery.apply(query).evaluate(new int[] {query}, inputs)[0])
            .toArray(Estimate[]::new);
  }

  /// With the keys and values of other positions.
  ///
  /// @param source which position's, by the query's position and the one that is read
  private Computation moved(IntBinaryOperator source) {
    return perQuery(
        query ->
            MiswiredOperations.onChanged(
                right,
                (p, row, inputs) ->
                    mixed(row, inputs.row(right.input(), source.applyAsInt(query, p)).values())));
  }

  /// The rows of the calls before a query's own are foreign.
  private Computation earlierCalls(String origin) {
    return perQuery(
        query -> withKeysAndValues(p -> p < trace.firstOfCall(query), p -> foreign(origin, p)));
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

  private Computation withKeysAndValues(IntPredicate where, RowSource source) {
    return MiswiredOperations.onChanged(
        right,
        (position, row, inputs) -> {
          double[] other = where.test(position) ? source.row(position) : null;
          return other == null ? row : mixed(row, other);
        });
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

  private void add(String hint, Computation computation) {
    suspects.add(new Alternative(hint, computation));
  }
}
