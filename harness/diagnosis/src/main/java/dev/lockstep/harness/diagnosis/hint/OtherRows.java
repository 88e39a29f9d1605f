package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/// Rows that are right, but at another position: a batch whose rows were exchanged, or one row that
/// was written for all.
final class OtherRows {
  /// More values than this take longer to evaluate than a hint is worth.
  private static final long MAX_VALUES = 1 << 22;

  private static final int LISTED = 3;

  private OtherRows() {}

  /// @param wrong the positions of the rows
  /// @param shown the rows that were shown there
  /// @param length of the sequence
  static Optional<String> of(
      String name, int[] wrong, double[][] shown, int length, Evaluation evaluation) {
    if (shown[0].length < 2 || (long) length * shown[0].length > MAX_VALUES) {
      return Optional.empty();
    }
    Estimate[] rows = evaluation.evaluate(name, IntStream.range(0, length).toArray());
    int[] sources = new int[wrong.length];
    for (int t = 0; t < wrong.length; t++) {
      sources[t] = source(shown[t], rows);
      if (sources[t] < 0) {
        return Optional.empty();
      }
    }
    return Optional.of(describe(wrong, sources));
  }

  private static int source(double[] shown, Estimate[] rows) {
    for (int position = 0; position < rows.length; position++) {
      if (rows[position].compare(shown).ratio() <= 1) {
        return position;
      }
    }
    return -1;
  }

  private static String describe(int[] wrong, int[] sources) {
    if (IntStream.of(sources).distinct().count() == 1 && wrong.length > 1) {
      return "every wrong row is that of position " + sources[0];
    }
    List<String> pairs = new ArrayList<>();
    for (int t = 0; t < Math.min(LISTED, wrong.length); t++) {
      pairs.add(
          String.format(
              Locale.ROOT, "position %d has the row of position %d", wrong[t], sources[t]));
    }
    return "rows are exchanged: "
        + String.join(", ", pairs)
        + (wrong.length > LISTED ? " and so on" : "");
  }
}
