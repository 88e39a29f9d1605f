package dev.lockstep.harness.diagnosis.operation;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.statistics.distribution.NormalDistribution;

/// GELU in GPT-2's tanh form, element by element:
/// `y = ½ · x · (1 + tanh(z))`, `z = √(2/π) · (x + a · x³)`, `a = 0.044715`.
///
/// **Budget**, to first order, with `t = tanh(z)`: z is off by `Δz = u · (3 |z| + 5 √(2/π) · a ·
/// |x|³)` (its product, its sum, the constants), t by `Δt = (1 − t²) · Δz` plus the function's own
/// error, which is taken as absolute since 1 is added to t; so
/// `½ · |x| · (Δt + tanh + u) + 2u · |y|`, and `|y′| · B` where x has a budget B.
///
/// @param function [#tanhForm], except in a hypothesis
/// @param functionError that function's relative error, for the budget
public record GeluOperation(String input, DoubleUnaryOperator function, double functionError)
    implements Operation {
  public static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
  static final double CUBE = 0.044715;

  private static final NormalDistribution STANDARD_NORMAL = NormalDistribution.of(0, 1);

  GeluOperation(String input) {
    this(input, GeluOperation::tanhForm, Rounding.TANH);
  }

  /// The function that GPT-2 has.
  public static double tanhForm(double x) {
    return 0.5 * x * (1 + StrictMath.tanh(SQRT_2_OVER_PI * (x + CUBE * x * x * x)));
  }

  /// `x · Φ(x)`, the function that the tanh form approximates.
  public static double exactForm(double x) {
    return x * STANDARD_NORMAL.cumulativeProbability(x);
  }

  @Override
  public List<String> inputs() {
    return List.of(input);
  }

  @Override
  public Estimate[] evaluate(int[] positions, Inputs inputs) {
    Estimate[] y = new Estimate[positions.length];
    for (int t = 0; t < y.length; t++) {
      Estimate x = inputs.row(input, positions[t]);
      double[] values = new double[x.values().length];
      double[] budget = new double[values.length];
      for (int c = 0; c < values.length; c++) {
        values[c] = function.applyAsDouble(x.values()[c]);
        budget[c] = budget(x.values()[c], values[c], x.budget(c));
      }
      y[t] = new Estimate(values, budget);
    }
    return y;
  }

  private double budget(double x, double y, double inputBudget) {
    double cubic = SQRT_2_OVER_PI * CUBE * x * x * x;
    double z = SQRT_2_OVER_PI * x + cubic;
    double t = StrictMath.tanh(z);
    double slope = 1 - t * t;
    double ofArgument = Rounding.UNIT * (3 * Math.abs(z) + 5 * Math.abs(cubic));
    double derivative = 0.5 * (1 + t) + 0.5 * x * slope * (SQRT_2_OVER_PI + 3 * cubic / safe(x));
    return 0.5 * Math.abs(x) * (slope * ofArgument + functionError + Rounding.UNIT)
        + 2 * Rounding.UNIT * Math.abs(y)
        + Math.abs(derivative) * inputBudget
        + Rounding.UNDERFLOW;
  }

  /// The cubic term over x vanishes with x.
  private static double safe(double x) {
    return x == 0 ? 1 : x;
  }
}
