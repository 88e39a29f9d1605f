package dev.lockstep.oracle.f64;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/// A strip of a matrix, `[K, WIDTH]` row-major: the weights of neighbouring outputs, copied
/// together so that a vector holds the same input's weight for each of them.
///
/// `y[t, o] = start[o] + Σ_k x[t, k] · W[k, o]`
///
/// **Order.** A lane is an output. Each has one chain of additions, from its start value on and in
/// ascending k, and each product is rounded before it is added: the very operations of the naive
/// backend, so the same bits, whatever the width. Four rows go through the strip together, for
/// eight chains that do not wait for each other.
final class Strip {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final int ROWS = 4;

  /// How many outputs.
  static final int WIDTH = 2 * LANES;

  private static final ThreadLocal<Strip> OWN = ThreadLocal.withInitial(Strip::new);

  private final double[] start = new double[WIDTH];
  private final double[] results = new double[ROWS * WIDTH];
  private double[] weights = {};
  private int inputs;

  private Strip() {}

  /// This thread's strip, which now has room for `inputs` rows.
  static Strip ofThisThread(int inputs) {
    Strip strip = OWN.get();
    strip.inputs = inputs;
    if (strip.weights.length < inputs * WIDTH) {
      strip.weights = new double[inputs * WIDTH];
    }
    return strip;
  }

  /// Row k holds the weights of input k. What is behind the last output is never looked at.
  double[] weights() {
    return weights;
  }

  /// What the chains begin with.
  double[] start() {
    return start;
  }

  /// @param x `[T, K]`
  /// @param y `[T, outputs]`; columns `from .. from + count` receive the results
  void multiply(double[][] x, double[][] y, int from, int count) {
    int t = 0;
    for (; t + ROWS <= x.length; t += ROWS) {
      multiply(x[t], x[t + 1], x[t + 2], x[t + 3]);
      for (int row = 0; row < ROWS; row++) {
        System.arraycopy(results, row * WIDTH, y[t + row], from, count);
      }
    }
    for (; t < x.length; t++) {
      multiply(x[t]);
      System.arraycopy(results, 0, y[t], from, count);
    }
  }

  private void multiply(double[] x0, double[] x1, double[] x2, double[] x3) {
    DoubleVector left = DoubleVector.fromArray(SPECIES, start, 0);
    DoubleVector right = DoubleVector.fromArray(SPECIES, start, LANES);
    DoubleVector y00 = left;
    DoubleVector y01 = right;
    DoubleVector y10 = left;
    DoubleVector y11 = right;
    DoubleVector y20 = left;
    DoubleVector y21 = right;
    DoubleVector y30 = left;
    DoubleVector y31 = right;
    for (int k = 0; k < inputs; k++) {
      DoubleVector w0 = DoubleVector.fromArray(SPECIES, weights, k * WIDTH);
      DoubleVector w1 = DoubleVector.fromArray(SPECIES, weights, k * WIDTH + LANES);
      DoubleVector x = DoubleVector.broadcast(SPECIES, x0[k]);
      y00 = y00.add(x.mul(w0));
      y01 = y01.add(x.mul(w1));
      x = DoubleVector.broadcast(SPECIES, x1[k]);
      y10 = y10.add(x.mul(w0));
      y11 = y11.add(x.mul(w1));
      x = DoubleVector.broadcast(SPECIES, x2[k]);
      y20 = y20.add(x.mul(w0));
      y21 = y21.add(x.mul(w1));
      x = DoubleVector.broadcast(SPECIES, x3[k]);
      y30 = y30.add(x.mul(w0));
      y31 = y31.add(x.mul(w1));
    }
    y00.intoArray(results, 0);
    y01.intoArray(results, LANES);
    y10.intoArray(results, WIDTH);
    y11.intoArray(results, WIDTH + LANES);
    y20.intoArray(results, 2 * WIDTH);
    y21.intoArray(results, 2 * WIDTH + LANES);
    y30.intoArray(results, 3 * WIDTH);
    y31.intoArray(results, 3 * WIDTH + LANES);
  }

  private void multiply(double[] x0) {
    DoubleVector y0 = DoubleVector.fromArray(SPECIES, start, 0);
    DoubleVector y1 = DoubleVector.fromArray(SPECIES, start, LANES);
    for (int k = 0; k < inputs; k++) {
      DoubleVector x = DoubleVector.broadcast(SPECIES, x0[k]);
      y0 = y0.add(x.mul(DoubleVector.fromArray(SPECIES, weights, k * WIDTH)));
      y1 = y1.add(x.mul(DoubleVector.fromArray(SPECIES, weights, k * WIDTH + LANES)));
    }
    y0.intoArray(results, 0);
    y1.intoArray(results, LANES);
  }
}
