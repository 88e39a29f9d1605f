package dev.lockstep.harness.diagnosis.explain;

import dev.lockstep.harness.diagnosis.operation.Deviation;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The result of evaluating every operation that a backend showed.
///
/// @param shown the activations that it showed
/// @param operations how each of them compares, in the order of the computation
/// @param finding the first that is beyond its budget
public record Explanation(
    Set<String> shown, List<OperationReport> operations, Optional<Finding> finding) {

  /// How one operation compares, over all positions.
  ///
  /// @param rows at how many positions it was shown
  /// @param rowsBeyond at how many it is beyond its budget
  /// @param position where it is worst
  /// @param worst its worst value
  public record OperationReport(
      String name, int rows, int rowsBeyond, int position, Deviation worst) {}

  /// The operation that comes closest to its budget, or exceeds it most; none if nothing was shown.
  public Optional<OperationReport> worst() {
    return operations.stream().max(Comparator.comparingDouble(report -> report.worst().ratio()));
  }

  /// Every operation beyond its budget, in order.
  public List<OperationReport> beyond() {
    return operations.stream().filter(report -> report.rowsBeyond() > 0).toList();
  }
}
