package dev.lockstep.oracle.f64;

import dev.lockstep.api.Tensor;
import dev.lockstep.backend.naive.f64.LmHead;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;

/// The naive backend's [LmHead] by strips of ids, which the threads share: the rows of neighbouring
/// ids are copied into columns, so that a lane is an id.
final class VectorLmHead extends LmHead {
  private final Tensor weight;

  VectorLmHead(Tensor weight) {
    super(weight);
    this.weight = weight;
  }

  @Override
  public double[] forward(double[] x) {
    return forward(new double[][] {x})[0];
  }

  /// @param x `[T, C]`
  /// @return `[T, V]`
  double[][] forward(double[][] x) {
    int ids = weight.shape().get(0);
    double[][] logits = new double[x.length][ids];
    IntStream.range(0, Math.ceilDiv(ids, Strip.WIDTH))
        .parallel()
        .forEach(strip -> multiply(x, logits, strip * Strip.WIDTH));
    return logits;
  }

  private void multiply(double[][] x, double[][] logits, int from) {
    int channels = weight.shape().get(1);
    int count = Math.min(Strip.WIDTH, weight.shape().get(0) - from);
    Strip strip = Strip.ofThisThread(channels);
    Arrays.fill(strip.start(), 0);
    float[] row = new float[channels];
    for (int id = 0; id < count; id++) {
      long offset = (long) (from + id) * channels * Float.BYTES;
      MemorySegment.copy(weight.data(), Tensor.LAYOUT, offset, row, 0, channels);
      scatter(row, strip.weights(), id);
    }
    strip.multiply(x, logits, from, count);
  }

  private static void scatter(float[] row, double[] weights, int column) {
    for (int c = 0; c < row.length; c++) {
      weights[c * Strip.WIDTH + column] = row[c];
    }
  }
}
