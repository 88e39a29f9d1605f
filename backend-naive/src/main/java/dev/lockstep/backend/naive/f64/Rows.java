package dev.lockstep.backend.naive.f64;

import java.util.Arrays;

/// What the formulas do with whole rows: add them (the residual connections) and cut them into
/// columns (the split of `c_attn` into queries, keys and values).
final class Rows {
  private Rows() {}

  /// `a[c] + b[c]`
  public static double[] add(double[] a, double[] b) {
    double[] sum = new double[a.length];
    for (int c = 0; c < sum.length; c++) {
      sum[c] = a[c] + b[c];
    }
    return sum;
  }

  /// `a[t, c] + b[t, c]`
  public static double[][] add(double[][] a, double[][] b) {
    double[][] sum = new double[a.length][];
    for (int t = 0; t < sum.length; t++) {
      sum[t] = add(a[t], b[t]);
    }
    return sum;
  }

  /// A copy of columns `from .. from + length` of every row.
  public static double[][] columns(double[][] x, int from, int length) {
    double[][] part = new double[x.length][];
    for (int t = 0; t < part.length; t++) {
      part[t] = Arrays.copyOfRange(x[t], from, from + length);
    }
    return part;
  }
}
