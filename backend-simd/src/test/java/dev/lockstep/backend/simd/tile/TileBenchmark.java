package dev.lockstep.backend.simd.tile;

import dev.lockstep.backend.simd.memory.OffHeap;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
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

/// One generated kernel over and over on weights that lie in the second-level cache: what its shape
/// makes of the multipliers. `flops` is the rate, in operations per nanosecond: GFLOP/s.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class TileBenchmark {
  /// Rows x panels x unrolling of k.
  @Param({
    "1x1x1", "1x1x4", "1x2x4", "1x4x4", "2x4x1", "3x4x1", "4x4x1", "5x4x1", "6x3x1", "7x3x1",
    "8x2x1", "8x3x1", "9x2x1", "10x2x1", "12x2x1"
  })
  public String shape = "";

  @Param({"512"})
  public int bits;

  @Param({"true"})
  public boolean packed;

  /// Whether the rows of A are interleaved; up to 8 rows.
  @Param({"false"})
  public boolean interleaved;

  /// K: 768 is GPT-2's width, 3072 its hidden layer.
  @Param({"768"})
  public int depth;

  private Arena arena = Arena.ofAuto();
  private TileShape tile = new TileShape(1, 1, 512, true, 1);
  private TileKernel kernel = (a, a0, lda, b, bFrom, bStep, d, init, i0, ldi, c, c0, ldc, cs) -> {};
  private BlockKernel blockKernel = (a, a0, b, bFrom, init, i0, c, c0, ldc) -> {};
  private Matrix matrix = Matrix.plain(1, 1);
  private float[] a = {};
  private float[] c = {};
  private float[] init = {};

  /// Operations counted by JMH.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Count {
    public long flops;
  }

  @Setup
  public void setUp() {
    int[] sizes = Arrays.stream(shape.split("x", -1)).mapToInt(Integer::parseInt).toArray();
    tile = new TileShape(sizes[0], sizes[1], bits, packed, sizes[2]);
    if (interleaved) {
      blockKernel = BlockGenerator.generate(tile, depth);
    } else {
      kernel = TileGenerator.generate(tile);
    }
    int columns = tile.panels() * Matrix.PANEL;
    arena = Arena.ofAuto();
    matrix =
        packed
            ? Matrix.packed(
                OffHeap.allocate(Matrix.packedBytes(depth, columns), arena).address(),
                depth,
                columns)
            : Matrix.plain(depth, columns);
    a = new float[Math.max(tile.rows(), RowBlocks.HEIGHT) * lda()];
    c = new float[tile.rows() * columns];
    init = new float[columns];
    Arrays.fill(a, 0.5f);
  }

  private int lda() {
    return depth + Matrix.PANEL;
  }

  @Benchmark
  public float[] tile(Count count) {
    int columns = tile.panels() * Matrix.PANEL;
    if (interleaved) {
      blockKernel.run(a, 0, matrix, matrix.at(0, 0), init, 0, c, 0, columns);
    } else {
      kernel.run(
          a,
          0,
          lda(),
          matrix,
          matrix.at(0, 0),
          matrix.panelStep(),
          depth,
          init,
          0,
          0,
          c,
          0,
          columns,
          Matrix.PANEL);
    }
    count.flops += 2L * tile.rows() * columns * depth;
    return c;
  }
}
