package dev.lockstep.oracle.f32;

import jdk.incubator.vector.FloatVector;
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
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final int ROWS = 4;

  /// How many outputs.
  static final int WIDTH = 2 * LANES;

  private static final ThreadLocal<Strip> OWN = ThreadLocal.withInitial(Strip::new);

  private final float[] start = new float[WIDTH];
  private final float[] results = new float[ROWS * WIDTH];
  private float[] weights = {};
  private int inputs;

  private Strip() {}

  /// This thread's strip, which now has room for `inputs` rows.
  static Strip ofThisThread(int inputs) {
    Strip strip = OWN.get();
    strip.inputs = inputs;
    if (strip.weights.length < inputs * WIDTH) {
      strip.weights = new float[inputs * WIDTH];
    }
    return strip;
  }

  /// Row k holds the weights of input k. What is behind the last output is never looked at.
  float[] weights() {
    return weights;
  }

  /// What the chains begin with.
  float[] start() {
    return start;
  }

  /// @param x `[T, K]`
  /// @param y `[T, outputs]`; columns `from .. from + count` receive the results
  void multiply(float[][] x, float[][] y, int from, int count) {
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

  private void multiply(float[] x0, float[] x1, float[] x2, float[] x3) {
    FloatVector left = FloatVector.fromArray(SPECIES, start, 0);
    FloatVector right = FloatVector.fromArray(SPECIES, start, LANES);
    FloatVector y00 = left;
    FloatVector y01 = right;
    FloatVector y10 = left;
    FloatVector y11 = right;
    FloatVector y20 = left;
    FloatVector y21 = right;
    FloatVector y30 = left;
    FloatVector y31 = right;
    for (int k = 0; k < inputs; k++) {
      FloatVector w0 = FloatVector.fromArray(SPECIES, weights, k * WIDTH);
      FloatVector w1 = FloatVector.fromArray(SPECIES, weights, k * WIDTH + LANES);
      FloatVector x = FloatVector.broadcast(SPECIES, x0[k]);
      y00 = y00.add(x.mul(w0));
      y01 = y01.add(x.mul(w1));
      x = FloatVector.broadcast(SPECIES, x1[k]);
      y10 = y10.add(x.mul(w0));
      y11 = y11.add(x.mul(w1));
      x = FloatVector.broadcast(SPECIES, x2[k]);
      y20 = y20.add(x.mul(w0));
      y21 = y21.add(x.mul(w1));
      x = FloatVector.broadcast(SPECIES, x3[k]);
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

  private void multiply(float[] x0) {
    FloatVector y0 = FloatVector.fromArray(SPECIES, start, 0);
    FloatVector y1 = FloatVector.fromArray(SPECIES, start, LANES);
    for (int k = 0; k < inputs; k++) {
      FloatVector x = FloatVector.broadcast(SPECIES, x0[k]);
      y0 = y0.add(x.mul(FloatVector.fromArray(SPECIES, weights, k * WIDTH)));
      y1 = y1.add(x.mul(FloatVector.fromArray(SPECIES, weights, k * WIDTH + LANES)));
    }
    y0.intoArray(results, 0);
    y1.intoArray(results, LANES);
  }
}
