package dev.lockstep.oracle.f64;

import dev.lockstep.api.Precision;
import dev.lockstep.api.Tensor;
import dev.lockstep.backend.naive.f64.Linear;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;

/// The naive backend's [Linear], its outputs shared among the threads.
///
/// Many rows go by strips of outputs. A strip is copied from the checkpoint when it is its turn, so
/// the matrix itself is never held a second time. For few rows that copy would cost more than the
/// sums: they take the naive backend's own loops, each thread over a part of the outputs.
final class VectorLinear extends Linear {
  /// With fewer a strip does not pay.
  private static final int MIN_ROWS = 4;

  private final Tensor weight;
  private final double[] bias;

  VectorLinear(Tensor weight, Tensor bias) {
    super(weight, bias);
    this.weight = weight;
    this.bias = Precision.widened(bias.toArray());
  }

  @Override
  public double[][] forward(double[][] x) {
    double[][] y = new double[x.length][bias.length];
    if (x.length < MIN_ROWS) {
      int parts = Runtime.getRuntime().availableProcessors();
      int length = Math.ceilDiv(bias.length, parts);
      IntStream.range(0, Math.ceilDiv(bias.length, length))
          .parallel()
          .forEach(part -> addRows(x, y, part * length, length));
    } else {
      IntStream.range(0, Math.ceilDiv(bias.length, Strip.WIDTH))
          .parallel()
          .forEach(strip -> multiply(x, y, strip * Strip.WIDTH));
    }
    return y;
  }

  /// Outputs `from .. from + length`, as far as there are any. They are added up in rows of their
  /// own: a compiler turns the innermost loop into vector instructions only where both arrays are
  /// read at the same index.
  private void addRows(double[][] x, double[][] y, int from, int length) {
    int count = Math.min(length, bias.length - from);
    double[][] sums = new double[x.length][];
    for (int t = 0; t < sums.length; t++) {
      sums[t] = Arrays.copyOfRange(bias, from, from + count);
    }
    float[] row = new float[count];
    for (int k = 0; k < weight.shape().get(0); k++) {
      copyRow(k, from, row);
      for (int t = 0; t < sums.length; t++) {
        addMultiple(x[t][k], row, sums[t]);
      }
    }
    for (int t = 0; t < sums.length; t++) {
      System.arraycopy(sums[t], 0, y[t], from, count);
    }
  }

  private void copyRow(int k, int from, float[] row) {
    long offset = ((long) k * bias.length + from) * Float.BYTES;
    MemorySegment.copy(weight.data(), Tensor.LAYOUT, offset, row, 0, row.length);
  }

  /// `y[o] += factor · row[o]`
  private static void addMultiple(double factor, float[] row, double[] y) {
    for (int o = 0; o < y.length; o++) {
      y[o] += factor * row[o];
    }
  }

  private void multiply(double[][] x, double[][] y, int from) {
    int inputs = weight.shape().get(0);
    int count = Math.min(Strip.WIDTH, bias.length - from);
    Strip strip = Strip.ofThisThread(inputs);
    System.arraycopy(bias, from, strip.start(), 0, count);
    float[] row = new float[count];
    for (int k = 0; k < inputs; k++) {
      copyRow(k, from, row);
      for (int o = 0; o < count; o++) {
        strip.weights()[k * Strip.WIDTH + o] = row[o];
      }
    }
    strip.multiply(x, y, from, count);
  }
}
