package dev.lockstep.backend.simd.tile;

import dev.lockstep.backend.simd.memory.OffHeap;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Kernels on weights that come from memory: how near a product of few rows is to plainly reading
/// its matrix. `bytes` is the rate, in bytes per nanosecond: GB/s. Compare with `read` of the same
/// run.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class StreamBenchmark {
  private static final int DEPTH = 768;
  private static final int PANELS = 4800;

  /// Rows x panels x unrolling of k; one row reads panels far apart, several rows neighbours.
  @Param({"1x1x1", "1x1x4", "1x2x2", "1x2x4", "1x4x4", "5x4x1", "7x3x1", "10x2x1"})
  public String shape = "";

  private Arena arena = Arena.ofAuto();
  private TileShape tile = new TileShape(1, 1, 512, true, 1);
  private TileKernel kernel = (a, a0, lda, b, bFrom, bStep, d, init, i0, ldi, c, c0, ldc, cs) -> {};
  private Matrix matrix = Matrix.plain(1, 1);
  private final float[] a = new float[12 * (DEPTH + 16)];
  private final float[] init = new float[(PANELS + 4) * Matrix.PANEL];
  private final float[] c = new float[12 * (PANELS + 4) * Matrix.PANEL];

  /// Bytes counted by JMH.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Count {
    public long bytes;
  }

  @Setup
  public void setUp() {
    int[] sizes = Arrays.stream(shape.split("x", -1)).mapToInt(Integer::parseInt).toArray();
    tile = new TileShape(sizes[0], sizes[1], 512, true, sizes[2]);
    kernel = TileGenerator.generate(tile);
    arena = Arena.ofAuto();
    OffHeap memory = OffHeap.allocate(bytes(), arena);
    for (long at = 0; at < memory.byteSize(); at += 4096) {
      OffHeap.EVERYTHING.set(ValueLayout.JAVA_BYTE, memory.address() + at, (byte) 0);
    }
    matrix = Matrix.packed(memory.address(), DEPTH, PANELS * Matrix.PANEL);
  }

  private static long bytes() {
    return Matrix.packedBytes(DEPTH, PANELS * Matrix.PANEL);
  }

  /// Reads the matrix and does nothing with it but add.
  @Benchmark
  public float read(Count count) {
    FloatVector s0 = FloatVector.zero(FloatVector.SPECIES_PREFERRED);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int step = s0.byteSize();
    long end = matrix.origin() + bytes();
    for (long at = matrix.origin(); at < end; at += 4L * step) {
      s0 = s0.add(load(at));
      s1 = s1.add(load(at + step));
      s2 = s2.add(load(at + 2L * step));
      s3 = s3.add(load(at + 3L * step));
    }
    count.bytes += bytes();
    return s0.add(s1).add(s2).add(s3).lane(0);
  }

  private static FloatVector load(long at) {
    return FloatVector.fromMemorySegment(
        FloatVector.SPECIES_PREFERRED, OffHeap.EVERYTHING, at, TileKernels.NATIVE_ORDER);
  }

  @Benchmark
  public float[] multiply(Count count) {
    boolean far = tile.rows() == 1;
    int share = PANELS / tile.panels();
    for (int i = 0; i < share; i++) {
      int panel = far ? i : i * tile.panels();
      int apart = far ? share : 1;
      kernel.run(
          a,
          0,
          DEPTH + 16,
          matrix,
          matrix.at(panel, 0),
          apart * matrix.panelStep(),
          DEPTH,
          init,
          panel * Matrix.PANEL,
          0,
          c,
          panel * Matrix.PANEL,
          PANELS * Matrix.PANEL,
          apart * Matrix.PANEL);
    }
    count.bytes += bytes();
    return c;
  }
}
