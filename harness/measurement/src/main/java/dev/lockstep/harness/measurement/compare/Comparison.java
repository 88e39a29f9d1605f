package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.measurement.statistics.SpeedUp;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What came of holding two things against each other.
///
/// @param before what the first column is, in a line
/// @param after what the second column is
/// @param compared what differs between them, in words
/// @param notes what should be known besides, a line each
public record Comparison(
    String before, String after, String compared, List<Row> rows, List<String> notes) {
  /// The workload of rows over all prompts.
  public static final String ALL = "all prompts";

  /// How often two equal things are called different: one less the confidence of an interval.
  public static final double FALSE_VERDICTS = 0.05;

  public Comparison {
    rows = List.copyOf(rows);
    notes = List.copyOf(notes);
  }

  /// One figure of one backend and workload.
  ///
  /// @param backend its label, or both labels if its options are what is compared
  /// @param workload the prompt's id, or [#ALL]
  /// @param whole whether it is over all that is compared: [#ALL], or the only prompt
  /// @param before the first figure; null if there is none
  /// @param after the second
  /// @param speedUp how many times as fast the second is; null if nothing can be said
  /// @param anchors by which they are linked; empty within one run
  /// @param reason why the conclusion is not a verdict; empty if it is
  public record Row(
      String backend,
      String workload,
      boolean whole,
      Metric metric,
      @Nullable Double before,
      @Nullable Double after,
      @Nullable SpeedUp speedUp,
      Conclusion conclusion,
      List<String> anchors,
      String reason) {
    public Row {
      anchors = List.copyOf(anchors);
    }
  }

  /// How many rows have an interval, each of which may be wrong by chance.
  public long verdicts() {
    return rows.stream()
        .filter(row -> row.speedUp() != null && row.speedUp().low() != null)
        .count();
  }
}
