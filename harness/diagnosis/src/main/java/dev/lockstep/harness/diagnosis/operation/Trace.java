package dev.lockstep.harness.diagnosis.operation;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a backend showed of one sequence: rows of activations under the names of
/// [dev.lockstep.api.Activations].
public interface Trace {

  /// The tokens of the sequence, in order of position.
  int[] tokens();

  /// The activations of which at least one row was shown.
  Set<String> shown();

  /// The positions at which an activation was shown, ascending.
  int[] positions(String name);

  /// Whether this row was shown.
  boolean has(String name, int position);

  /// A row as it was shown last; single precision is widened.
  ///
  /// @throws IllegalArgumentException if it was not shown
  double[] row(String name, int position);

  /// The row that was shown as `lm_head` at a position, where it is not what the call returned.
  default Optional<double[]> headShownOtherwise(int position) {
    return Optional.empty();
  }

  /// The first position of the call that computed a position. What lies before it came from a
  /// cache, or was computed again.
  int firstOfCall(int position);

  /// A row that was shown at the same position for something else: for tokens that a rewind made
  /// the session forget, or for another session.
  ///
  /// @param origin what it belonged to, for people: `of the tokens before the rewind`
  record Foreign(String origin, double[] values) {}

  /// The other rows of an activation at a position.
  List<Foreign> foreign(String name, int position);
}
