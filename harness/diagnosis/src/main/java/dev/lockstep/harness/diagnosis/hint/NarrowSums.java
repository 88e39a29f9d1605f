package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.harness.diagnosis.operation.Computation;
import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Inputs;
import dev.lockstep.harness.diagnosis.operation.LinearOperation;
import dev.lockstep.harness.diagnosis.operation.Matrix;

/// A linear layer whose sums are kept in a narrower format: rounded after every addition, in the
/// order of the inputs.
///
/// @param right the layer as it should be
/// @param precision what a sum is rounded to
/// @param products whether every product is rounded before it is added
/// @param biasFirst whether the sum starts at the bias, or the bias comes last
record NarrowSums(LinearOperation right, Precision precision, boolean products, boolean biasFirst)
    implements Computation {

  @Override
  public Estimate[] evaluate(int[] positions, Inputs inputs) {
    Estimate[] rows = right.evaluate(positions, inputs);
    for (int t = 0; t < rows.length; t++) {
      double[] x = inputs.row(right.input(), positions[t]).values();
      rows[t] = new Estimate(row(x), rows[t].budget());
    }
    return rows;
  }

  private double[] row(double[] x) {
    Matrix weight = right.weight();
    boolean hasBias = right.bias().length > 0;
    double[] sum = biasFirst && hasBias ? right.bias().clone() : new double[weight.outputs()];
    if (weight.transposed()) {
      for (int o = 0; o < sum.length; o++) {
        double[] column = weight.row(o, 0, x.length);
        for (int k = 0; k < x.length; k++) {
          sum[o] = added(sum[o], x[k] * column[k]);
        }
      }
    } else {
      for (int k = 0; k < x.length; k++) {
        double[] row = weight.row(k, 0, sum.length);
        for (int o = 0; o < sum.length; o++) {
          sum[o] = added(sum[o], x[k] * row[o]);
        }
      }
    }
    for (int o = 0; !biasFirst && hasBias && o < sum.length; o++) {
      sum[o] += right.bias()[o];
    }
    return sum;
  }

  private double added(double sum, double product) {
    double term = products ? precision.rounding().applyAsDouble(product) : product;
    return precision.rounding().applyAsDouble(sum + term);
  }
}
