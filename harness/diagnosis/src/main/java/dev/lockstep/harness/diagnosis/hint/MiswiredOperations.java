package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.harness.diagnosis.operation.Computation;
import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Inputs;
import dev.lockstep.harness.diagnosis.operation.Operation;
import dev.lockstep.harness.diagnosis.operation.Rounding;
import java.util.function.IntUnaryOperator;

/// Right operations that are wrongly connected: the raw material of hypotheses.
final class MiswiredOperations {
  private MiswiredOperations() {}

  /// Passes an activation on as it is: an operation that is left out.
  static Computation copy(String input) {
    return (positions, inputs) -> {
      Estimate[] rows = new Estimate[positions.length];
      for (int t = 0; t < rows.length; t++) {
        Estimate row = inputs.row(input, positions[t]);
        double[] budget = new double[row.values().length];
        for (int c = 0; c < budget.length; c++) {
          budget[c] = row.budget(c) + Rounding.UNIT * Math.abs(row.values()[c]);
        }
        rows[t] = new Estimate(row.values(), budget);
      }
      return rows;
    };
  }

  /// The right operation at another position, the first or the last one where there is no other.
  ///
  /// @param by how far away the other position is
  /// @param length of the sequence
  static Computation moved(Operation right, int by, int length) {
    return (positions, inputs) -> {
      Estimate[] rows = new Estimate[positions.length];
      for (int t = 0; t < rows.length; t++) {
        int moved = Math.clamp((long) positions[t] + by, 0, length - 1);
        rows[t] = right.evaluate(new int[] {moved}, inputs)[0];
      }
      return rows;
    };
  }

  /// The right operation with its result's channels in another order.
  ///
  /// @param from where channel c of the wrong result comes from
  static Computation permuted(Operation right, IntUnaryOperator from) {
    return (positions, inputs) -> {
      Estimate[] rows = right.evaluate(positions, inputs);
      for (int t = 0; t < rows.length; t++) {
        double[] values = new double[rows[t].values().length];
        double[] budget = new double[values.length];
        for (int c = 0; c < values.length; c++) {
          values[c] = rows[t].values()[from.applyAsInt(c)];
          budget[c] = rows[t].budget(from.applyAsInt(c));
        }
        rows[t] = new Estimate(values, budget);
      }
      return rows;
    };
  }

  /// Changes rows on their way to an operation.
  interface RowChange {
    /// @param row as it should be
    Estimate apply(int position, Estimate row, Inputs inputs);
  }

  /// The right operation on rows that are not what was shown.
  static Computation onChanged(Operation right, RowChange change) {
    return (positions, inputs) -> right.evaluate(positions, new Changed(inputs, change));
  }

  private record Changed(Inputs right, RowChange change) implements Inputs {
    @Override
    public int token(int position) {
      return right.token(position);
    }

    @Override
    public Estimate row(String name, int position) {
      return change.apply(position, right.row(name, position), right);
    }
  }

  /// The right operation on its own result, which has the same shape as its input.
  static Computation twice(Operation right) {
    return onChanged(
        right, (position, row, unchanged) -> right.evaluate(new int[] {position}, unchanged)[0]);
  }
}
