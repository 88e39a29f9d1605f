package dev.lockstep.oracle.f64;

import dev.lockstep.api.Precision;
import dev.lockstep.api.Tensor;
import dev.lockstep.backend.naive.f64.Linear;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/// The naive backend's [Linear] by strips of outputs, which the threads share. A strip is copied
/// from the checkpoint when it is its turn, so the matrix itself is never held a second time.
final class VectorLinear extends Linear {
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
    int strips = Math.ceilDiv(bias.length, Strip.WIDTH);
    IntStream.range(0, strips).parallel().forEach(strip -> multiply(x, y, strip * Strip.WIDTH));
    return y;
  }

  private void multiply(double[][] x, double[][] y, int from) {
    int inputs = weight.shape().get(0);
    int count = Math.min(Strip.WIDTH, bias.length - from);
    Strip strip = Strip.ofThisThread(inputs);
    System.arraycopy(bias, from, strip.start(), 0, count);
    float[] row = new float[count];
    for (int k = 0; k < inputs; k++) {
      long offset = ((long) k * bias.length + from) * Float.BYTES;
      MemorySegment.copy(weight.data(), Tensor.LAYOUT, offset, row, 0, count);
      for (int o = 0; o < count; o++) {
        strip.weights()[k * Strip.WIDTH + o] = row[o];
      }
    }
    strip.multiply(x, y, from, count);
  }
}
