package dev.lockstep.harness.diagnosis;

import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;

/// Right operations that are wrongly connected: the raw material of hypotheses.
final class Rewired {
  private Rewired() {}

  /// Passes an activation on as it is: an operation that is left out.
  record Copy(String input) implements Operation {
    @Override
    public List<String> inputs() {
      return List.of(input);
    }

    @Override
    public Estimate[] evaluate(int[] positions, Inputs inputs) {
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
    }
  }

  /// The right operation at another position; positions that do not exist are left as they are.
  record Moved(Operation right, int by, int length) implements Operation {
    @Override
    public List<String> inputs() {
      return right.inputs();
    }

    @Override
    public Estimate[] evaluate(int[] positions, Inputs inputs) {
      Estimate[] rows = new Estimate[positions.length];
      for (int t = 0; t < rows.length; t++) {
        int moved = Math.clamp((long) positions[t] + by, 0, length - 1);
        rows[t] = right.evaluate(new int[] {moved}, inputs)[0];
      }
      return rows;
    }
  }

  /// The right operation with its result's channels in another order.
  ///
  /// @param from where channel c of the wrong result comes from
  record Permuted(Operation right, IntUnaryOperator from) implements Operation {
    @Override
    public List<String> inputs() {
      return right.inputs();
    }

    @Override
    public Estimate[] evaluate(int[] positions, Inputs inputs) {
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
    }
  }

  /// The right operation on inputs that are not what was shown.
  ///
  /// @param view what is put between the operation and its inputs
  record Misled(Operation right, UnaryOperator<Inputs> view) implements Operation {
    @Override
    public List<String> inputs() {
      return right.inputs();
    }

    @Override
    public Estimate[] evaluate(int[] positions, Inputs inputs) {
      return right.evaluate(positions, view.apply(inputs));
    }
  }

  /// Changes rows on their way to an operation.
  interface RowChange {
    /// @param row as it should be
    Estimate apply(int position, Estimate row, Inputs inputs);
  }

  /// Inputs with changed rows.
  record Changed(Inputs right, RowChange change) implements Inputs {
    @Override
    public int token(int position) {
      return right.token(position);
    }

    @Override
    public Estimate row(String name, int position) {
      return change.apply(position, right.row(name, position), right);
    }
  }

  static Operation onChanged(Operation right, RowChange change) {
    return new Misled(right, inputs -> new Changed(inputs, change));
  }

  /// The right operation on its own result: its input and output have the same shape.
  static Operation twice(Operation right) {
    return new Misled(
        right,
        inputs ->
            new Changed(
                inputs,
                (position, row, unchanged) -> right.evaluate(new int[] {position}, unchanged)[0]));
  }
}
