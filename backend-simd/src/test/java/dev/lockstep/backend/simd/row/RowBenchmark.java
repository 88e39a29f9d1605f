package dev.lockstep.backend.simd.row;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The row operations, in nanoseconds per element, on a row of GPT-2's width.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(RowBenchmark.WIDTH)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class RowBenchmark {
  static final int WIDTH = 768;

  @Param({"0", "128", "256", "512"})
  public int bits;

  private RowKernels kernels = RowKernelsFactory.create(0);
  private final float[] x = new float[WIDTH];
  private final float[] y = new float[WIDTH];
  private final float[] gain = new float[WIDTH];

  @Setup
  public void setUp() {
    kernels = RowKernelsFactory.create(bits);
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < WIDTH; i++) {
      x[i] = (float) random.nextGaussian();
      gain[i] = (float) random.nextGaussian();
    }
  }

  @Benchmark
  public float[] layerNorm() {
    kernels.layerNorm(x, 0, gain, gain, 1e-5, y, 0, WIDTH);
    return y;
  }

  @Benchmark
  public float[] gelu() {
    System.arraycopy(x, 0, y, 0, WIDTH);
    kernels.gelu(y, 0, WIDTH);
    return y;
  }

  @Benchmark
  public float exponentials() {
    System.arraycopy(x, 0, y, 0, WIDTH);
    return kernels.exponentials(y, 0, WIDTH, 0.125f);
  }

  @Benchmark
  public float[] add() {
    kernels.add(y, 0, x, 0, WIDTH);
    return y;
  }

  @Benchmark
  public int argmax() {
    return kernels.argmax(x, 0, WIDTH);
  }
}
