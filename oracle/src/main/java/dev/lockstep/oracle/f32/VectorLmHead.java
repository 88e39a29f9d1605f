package dev.lockstep.oracle.f32;

import dev.lockstep.api.Tensor;
import dev.lockstep.backend.naive.f32.LmHead;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;

/// The naive backend's [LmHead], its ids shared among the threads.
///
/// Many rows go by strips of ids: the rows of neighbouring ids are copied into columns, so that a
/// lane is an id. For one row that copy would cost more than the sums: the chains of eight ids then
/// run side by side, so that none waits for its own last addition.
final class VectorLmHead extends LmHead {
  private static final int CHAINS = 8;

  private final Tensor weight;

  VectorLmHead(Tensor weight) {
    super(weight);
    this.weight = weight;
  }

  @Override
  public float[] forward(float[] x) {
    int ids = weight.shape().get(0);
    float[] logits = new float[ids];
    int parts = Runtime.getRuntime().availableProcessors();
    int length = Math.ceilDiv(Math.ceilDiv(ids, parts), CHAINS) * CHAINS;
    IntStream.range(0, Math.ceilDiv(ids, length))
        .parallel()
        .forEach(part -> addChains(x, logits, part * length, Math.min(ids, (part + 1) * length)));
    return logits;
  }

  private void addChains(float[] x, float[] logits, int from, int to) {
    float[][] rows = new float[CHAINS][x.length];
    for (int first = from; first < to; first += CHAINS) {
      int count = Math.min(CHAINS, to - first);
      for (int id = 0; id < count; id++) {
        copyRow(first + id, rows[id]);
      }
      dots(x, rows, logits, first, count);
    }
  }

  private static void dots(float[] x, float[][] w, float[] logits, int first, int count) {
    float[] w0 = w[0];
    float[] w1 = w[1];
    float[] w2 = w[2];
    float[] w3 = w[3];
    float[] w4 = w[4];
    float[] w5 = w[5];
    float[] w6 = w[6];
    float[] w7 = w[7];
    float y0 = 0;
    float y1 = 0;
    float y2 = 0;
    float y3 = 0;
    float y4 = 0;
    float y5 = 0;
    float y6 = 0;
    float y7 = 0;
    for (int c = 0; c < x.length; c++) {
      y0 += x[c] * w0[c];
      y1 += x[c] * w1[c];
      y2 += x[c] * w2[c];
      y3 += x[c] * w3[c];
      y4 += x[c] * w4[c];
      y5 += x[c] * w5[c];
      y6 += x[c] * w6[c];
      y7 += x[c] * w7[c];
    }
    float[] y = {y0, y1, y2, y3, y4, y5, y6, y7};
    System.arraycopy(y, 0, logits, first, count);
  }

  /// @param x `[T, C]`
  /// @return `[T, V]`
  float[][] forward(float[][] x) {
    int ids = weight.shape().get(0);
    float[][] logits = new float[x.length][ids];
    IntStream.range(0, Math.ceilDiv(ids, Strip.WIDTH))
        .parallel()
        .forEach(strip -> multiply(x, logits, strip * Strip.WIDTH));
    return logits;
  }

  private void multiply(float[][] x, float[][] logits, int from) {
    int channels = weight.shape().get(1);
    int count = Math.min(Strip.WIDTH, weight.shape().get(0) - from);
    Strip strip = Strip.ofThisThread(channels);
    Arrays.fill(strip.start(), 0);
    float[] row = new float[channels];
    for (int id = 0; id < count; id++) {
      copyRow(from + id, row);
      scatter(row, strip.weights(), id);
    }
    strip.multiply(x, logits, from, count);
  }

  private void copyRow(int id, float[] row) {
    long offset = (long) id * row.length * Float.BYTES;
    MemorySegment.copy(weight.data(), Tensor.LAYOUT, offset, row, 0, row.length);
  }

  private static void scatter(float[] row, float[] weights, int column) {
    for (int c = 0; c < row.length; c++) {
      weights[c * Strip.WIDTH + column] = row[c];
    }
  }
}
