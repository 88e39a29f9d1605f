package dev.lockstep.api;

/// Copies of rows in the other precision.
public final class Precision {
  private Precision() {}

  /// The same values in double precision, exactly.
  public static double[] widened(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  /// The nearest values in single precision, ties to even.
  public static float[] narrowed(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }
}
