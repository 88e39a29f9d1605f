package dev.lockstep.harness.diagnosis.operation;

/// One value that was shown, against its evaluation.
///
/// @param channel its index in the row
/// @param got what was shown
/// @param expected what the operation gives in double precision
/// @param budget the largest error that rounding explains
public record Deviation(int channel, double got, double expected, double budget) {

  /// The error in units of the budget; up to 1 rounding explains it. Infinite where a number was
  /// expected and something else was shown. Where the evaluation itself is not finite (the inputs
  /// were not) nothing can be said, and it is 0.
  public double ratio() {
    if (!Double.isFinite(expected)) {
      return 0;
    }
    if (!Double.isFinite(got)) {
      return Double.POSITIVE_INFINITY;
    }
    double error = Math.abs(got - expected);
    return error == 0 ? 0 : error / budget;
  }
}
