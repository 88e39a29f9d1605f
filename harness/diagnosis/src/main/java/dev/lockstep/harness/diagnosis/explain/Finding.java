package dev.lockstep.harness.diagnosis.explain;

import dev.lockstep.harness.diagnosis.operation.Deviation;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The first operation whose error rounding does not explain.
///
/// @param operation the activation that it computes
/// @param unseen operations before it that the backend did not show: the blame is theirs too
/// @param position the first position at which it is wrong
/// @param deviation the worst value of that row
/// @param rowsBeyond at how many positions it is beyond its budget
/// @param rowsShown at how many it was shown
/// @param where what the wrong rows have in common, and which of their channels are wrong, where
///     that is a part
/// @param slice the wrong row and what it was computed from
/// @param hint what such an error looks like, where the evidence supports something
public record Finding(
    String operation,
    List<String> unseen,
    int position,
    Deviation deviation,
    int rowsBeyond,
    int rowsShown,
    List<String> where,
    Slice slice,
    Optional<String> hint) {

  /// Everything needed to see the error without the backend.
  ///
  /// @param shown the row as the backend showed it
  /// @param expected the same in double precision
  /// @param budget by how much rounding may move each value
  /// @param inputs the rows it was computed from, as the backend showed them
  public record Slice(double[] shown, double[] expected, double[] budget, List<InputRow> inputs) {}

  /// A row that went into the operation.
  public record InputRow(String activation, int position, double[] values) {}

  /// `h.3.mlp.act, position 17, channel 41: got 0.1, expected 0.2, 4100 x the budget`
  public String describe() {
    return String.format(
        Locale.ROOT,
        "%s, position %d, channel %d: got %.9g, expected %.9g, %s the budget",
        operation,
        position,
        deviation.channel(),
        deviation.got(),
        deviation.expected(),
        times(deviation.ratio()));
  }

  /// What is to blame, for people: one operation, or a stretch of them.
  public String blamed() {
    return unseen.isEmpty()
        ? operation
        : "one of " + String.join(", ", unseen) + ", " + operation + " (the others are not shown)";
  }

  /// A ratio as `4100 x`.
  public static String times(double ratio) {
    return String.format(Locale.ROOT, ratio < 10 ? "%.2f x" : "%.0f x", ratio);
  }
}
