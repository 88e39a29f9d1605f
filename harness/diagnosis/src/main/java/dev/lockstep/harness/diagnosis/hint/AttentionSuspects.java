package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.harness.diagnosis.operation.AttentionOperation;
import dev.lockstep.harness.diagnosis.operation.AttentionOperation.Form;
import dev.lockstep.harness.diagnosis.operation.Computation;
import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The usual mistakes in attention: its scale, its mask, its layout. Those with the cache are in
/// [CacheSuspects].
final class AttentionSuspects {
  private static final int[] BLOCKS = {2, 4, 8, 16, 32, 64};

  private final AttentionOperation right;
  private final Trace trace;
  private final int firstWrong;
  private final List<Alternative> suspects = new ArrayList<>();

  /// @param firstWrong the first position at which the result is wrong
  AttentionSuspects(AttentionOperation right, Trace trace, int firstWrong) {
    this.right = right;
    this.trace = trace;
    this.firstWrong = firstWrong;
  }

  List<Alternative> all() {
    Form form = right.form();
    int headSize = right.headSize();
    int channels = right.heads() * headSize;
    int length = trace.tokens().length;
    add("scores are not scaled", form.divisor(1));
    add("wrong scale: scores are divided by hs, not by sqrt(hs)", form.divisor(headSize));
    add(
        "wrong scale: scores are divided by sqrt(C), not by sqrt(hs)",
        form.divisor(Math.sqrt(channels)));
    add(
        "the probabilities are divided by sqrt(hs), not the scores",
        MiswiredOperations.onChanged(
            of(form.divisor(1)), (p, row, inputs) -> withSmallerValues(row)));
    add("powers of 2 are taken, not of e", form.divisor(form.divisor() / Math.log(2)));
    add(
        "mask off by one: a query does not see its own position",
        form.window(p -> 0, p -> Math.max(1, p)));
    add(
        "mask off by one: a query sees the position after its own",
        form.window(p -> 0, p -> Math.min(p + 2, length)));
    add(
        "mask off by one: a query does not see its own position, and the first sees nothing",
        form.window(p -> 0, p -> p));
    for (int block : BLOCKS) {
      add(
          String.format(
              Locale.ROOT,
              "positions that fill no block of %d are not seen, but in a sequence shorter than one",
              block),
          form.window(p -> 0, p -> p < block ? p + 1 : (p + 1) / block * block));
    }
    add("no mask: a query sees every position", form.window(p -> 0, p -> length));
    add("a query does not see the first position", form.window(p -> Math.min(1, p), p -> p + 1));
    add("a query sees its own position only", form.window(p -> p, p -> p + 1));
    int n = firstWrong;
    if (n > 0) {
      add(
          String.format(Locale.ROOT, "a query sees the last %d positions only", n),
          form.window(p -> Math.max(0, p + 1 - n), p -> p + 1));
      add(
          String.format(Locale.ROOT, "a query sees the first %d positions only", n),
          form.window(p -> 0, p -> Math.min(p + 1, n)));
    }
    add("keys and values are swapped", form.parts(0, 2, 1));
    add("queries and keys are swapped", form.parts(1, 0, 2));
    add("keys are used as values", form.parts(0, 1, 1));
    add("keys, values and queries are taken for q, k and v", form.parts(1, 2, 0));
    add("values, queries and keys are taken for q, k and v", form.parts(2, 0, 1));
    add(
        "heads are interleaved: channel i of head h is written to i * heads + h",
        form.interleaved(false, true));
    add(
        "heads are interleaved: channel i of head h is read from i * heads + h",
        form.interleaved(true, false));
    add(
        "heads are interleaved: channel i of head h lies at i * heads + h",
        form.interleaved(true, true));
    add(
        "q * k lacks the last channel of every head",
        MiswiredOperations.onChanged(right, (p, row, inputs) -> withoutLastOfQueries(row)));
    suspects.addAll(new CacheSuspects(right, trace, firstWrong).all());
    return suspects;
  }

  private void add(String hint, Form form) {
    add(hint, of(form));
  }

  private AttentionOperation of(Form form) {
    return new AttentionOperation(right.input(), right.heads(), right.headSize(), form);
  }

  /// Dividing the values has the same effect as dividing the probabilities.
  private Estimate withSmallerValues(Estimate row) {
    double[] values = row.values().clone();
    double[] budget = row.budget().clone();
    for (int c = 2 * right.heads() * right.headSize(); c < values.length; c++) {
      values[c] /= right.form().divisor();
      if (c < budget.length) {
        budget[c] /= right.form().divisor();
      }
    }
    return new Estimate(values, budget);
  }

  private Estimate withoutLastOfQueries(Estimate row) {
    double[] values = row.values().clone();
    for (int head = 1; head <= right.heads(); head++) {
      values[head * right.headSize() - 1] = 0;
    }
    return new Estimate(values, row.budget());
  }

  private void add(String hint, Computation computation) {
    suspects.add(new Alternative(hint, computation));
  }
}
