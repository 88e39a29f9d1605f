package dev.lockstep.harness.diagnosis.operation;

import java.util.List;

/// `y = a + b`, the residual connection.
///
/// Budget: `u · (|y| + |a| + |b|)` and the budgets of a and b. One rounding is the sum's; the other
/// two allow a fused kernel to add values that are wider than those it showed.
///
/// @param factorA 1, except in a hypothesis
/// @param factorB 1, except in a hypothesis
public record ResidualOperation(String a, String b, double factorA, double factorB)
    implements Operation {

  public ResidualOperation(String a, String b) {
    this(a, b, 1, 1);
  }

  @Override
  public List<String> inputs() {
    return List.of(a, b);
  }

  @Override
  public Estimate[] evaluate(int[] positions, Inputs inputs) {
    Estimate[] y = new Estimate[positions.length];
    for (int t = 0; t < y.length; t++) {
      y[t] = add(inputs.row(a, positions[t]), inputs.row(b, positions[t]));
    }
    return y;
  }

  private Estimate add(Estimate left, Estimate right) {
    double[] values = new double[left.values().length];
    double[] budget = new double[values.length];
    for (int c = 0; c < values.length; c++) {
      double one = factorA * left.values()[c];
      double other = factorB * right.values()[c];
      values[c] = one + other;
      budget[c] =
          Rounding.UNIT * (Math.abs(values[c]) + Math.abs(one) + Math.abs(other))
              + Math.abs(factorA) * left.budget(c)
              + Math.abs(factorB) * right.budget(c)
              + Rounding.UNDERFLOW;
    }
    return new Estimate(values, budget);
  }
}
