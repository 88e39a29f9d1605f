package dev.lockstep.backend.simd.tile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.backend.simd.memory.OffHeap;
import dev.lockstep.tck.Tolerance;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Products at sizes around the lane counts: near double precision, and the same bits whatever the
/// kernels.
class MatrixProductTest {
  private static final int OFFSET = 5;

  private record Problem(int rows, int depth, int outputs, float[] a, float[] b, float[] init) {
    int lda() {
      return depth + 3;
    }

    int ldc() {
      return Matrix.padded(outputs) + 7;
    }

    RowWindow rowsOfA() {
      return new RowWindow().set(a, OFFSET, lda(), rows);
    }

    RowWindow start() {
      return new RowWindow().setRow(init, OFFSET);
    }

    RowWindow rowsOfC(float[] c) {
      return new RowWindow().set(c, OFFSET, ldc(), rows);
    }
  }

  private static Problem problem(int rows, int depth, int outputs) {
    SplittableRandom random = new SplittableRandom(rows * 1000L + depth * 10L + outputs);
    float[] a = gaussian(random, OFFSET + rows * (depth + 3));
    float[] b = gaussian(random, depth * outputs);
    float[] init = gaussian(random, OFFSET + Matrix.padded(outputs));
    return new Problem(rows, depth, outputs, a, b, init);
  }

  private static float[] gaussian(SplittableRandom random, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  static List<TileKernels> everyKernelSet() {
    List<TileKernels> sets = new ArrayList<>();
    for (boolean packed : new boolean[] {false, true}) {
      for (boolean tuned : new boolean[] {false, true}) {
        sets.add(new TileKernels(0, packed, tuned, 32));
        for (int bits : new int[] {128, 256, 512}) {
          sets.add(new TileKernels(bits, packed, tuned, 16));
          sets.add(new TileKernels(bits, packed, tuned, 32));
        }
      }
    }
    return sets;
  }

  private static Matrix matrix(Problem problem, boolean packed, Arena arena) {
    Matrix matrix =
        packed
            ? Matrix.packed(
                OffHeap.allocate(Matrix.packedBytes(problem.depth, problem.outputs), arena)
                    .address(),
                problem.depth,
                problem.outputs)
            : Matrix.plain(problem.depth, problem.outputs);
    for (int k = 0; k < problem.depth; k++) {
      float[] row = Arrays.copyOfRange(problem.b, k * problem.outputs, (k + 1) * problem.outputs);
      matrix.setRow(k, Arrays.copyOf(row, Matrix.padded(problem.outputs)), 0);
    }
    return matrix;
  }

  private static float[] multiply(Problem problem, TileKernels kernels) {
    return multiply(problem, kernels, new StreamTuner(kernels));
  }

  private static float[] multiply(Problem problem, TileKernels kernels, StreamTuner tuner) {
    float[] c = new float[OFFSET + problem.rows * problem.ldc()];
    try (Arena arena = Arena.ofConfined()) {
      Matrix b = matrix(problem, kernels.isPacked(), arena);
      MatrixProduct product = new MatrixProduct(kernels);
      RowWindow a = problem.rowsOfA();
      PanelWindow panels = new PanelWindow().set(b, 0, b.panels());
      if (problem.rows == 1) {
        product.multiplyRow(tuner, a, panels, problem.start(), problem.rowsOfC(c));
      } else {
        product.multiply(a, panels, problem.start(), problem.rowsOfC(c));
      }
    }
    return c;
  }

  private static float[] multiplyInterleaved(Problem problem, TileKernels kernels) {
    float[] c = new float[OFFSET + (problem.rows + RowBlocks.SPARE_ROWS) * problem.ldc()];
    try (Arena arena = Arena.ofConfined()) {
      Matrix b = matrix(problem, kernels.isPacked(), arena);
      MatrixProduct product = new MatrixProduct(kernels);
      RowBlocks blocks = new RowBlocks(kernels, problem.rows, problem.depth);
      int count = blocks.count(problem.rows);
      for (int block = 0; block < count; block++) {
        int at = OFFSET + blocks.firstRow(block) * problem.lda();
        int rows = blocks.rowsOf(block, problem.rows);
        RowWindow a = new RowWindow().set(problem.a, at, problem.lda(), rows);
        blocks.fill(block, 0, a, problem.depth);
      }
      BlockProduct blockProduct = product.blocks(problem.depth);
      int most = blockProduct.panelsPerTile();
      for (int panel = 0; panel < b.panels(); panel += most) {
        PanelWindow panels = new PanelWindow().set(b, panel, Math.min(most, b.panels() - panel));
        RowWindow init = new RowWindow().setRow(problem.init, OFFSET + panels.column());
        for (int block = count - 1; block >= 0; block--) {
          int at = OFFSET + blocks.firstRow(block) * problem.ldc() + panels.column();
          RowWindow tile = new RowWindow().set(c, at, problem.ldc(), RowBlocks.HEIGHT);
          blockProduct.multiply(blocks, block, panels, init, tile);
        }
      }
    }
    return c;
  }

  /// A chain of `Math.fma`, as [TileKernel] promises.
  private static float chain(Problem problem, int row, int column) {
    float sum = problem.init[OFFSET + column];
    for (int k = 0; k < problem.depth; k++) {
      float x = problem.a[OFFSET + row * problem.lda() + k];
      sum = Math.fma(x, problem.b[k * problem.outputs + column], sum);
    }
    return sum;
  }

  private static void check(Problem problem, TileKernels kernels) {
    check(problem, kernels, multiply(problem, kernels));
    for (int streams : problem.rows == 1 ? kernels.streams() : new int[0]) {
      check(problem, kernels, multiply(problem, kernels, new StreamTuner(streams)));
    }
    if (kernels.interleaves(problem.rows)) {
      check(problem, kernels, multiplyInterleaved(problem, kernels));
    }
  }

  private static void check(Problem problem, TileKernels kernels, float[] c) {
    for (int row = 0; row < problem.rows; row++) {
      for (int column = 0; column < problem.outputs; column++) {
        String what = String.format(Locale.ROOT, "row %d, column %d of %s", row, column, kernels);
        float actual = c[OFFSET + row * problem.ldc() + column];
        assertEquals(chain(problem, row, column), actual, what);
        double exact = problem.init[OFFSET + column];
        double magnitude = Math.abs(exact);
        for (int k = 0; k < problem.depth; k++) {
          double x = problem.a[OFFSET + row * problem.lda() + k];
          double term = x * problem.b[k * problem.outputs + column];
          exact += term;
          magnitude += Math.abs(term);
        }
        Tolerance.F32.assertSum(exact, actual, problem.depth + 1, magnitude, what);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,1", "1,2,15", "1,3,16", "1,4,17", "1,5,33", "1,7,64", "1,64,130", "2,1,16", "3,2,17",
    "4,3,40", "5,8,64", "6,9,65", "7,17,48", "8,16,50", "9,5,31", "10,4,32", "11,3,33", "12,6,47",
    "13,7,16", "14,2,49", "15,1,15", "16,33,100", "23,5,80", "29,513,49", "31,1030,16"
  })
  void everyKernelIsTheChainOfFusedStepsAndNearDouble(int rows, int depth, int outputs) {
    Problem problem = problem(rows, depth, outputs);
    for (TileKernels kernels : everyKernelSet()) {
      check(problem, kernels);
    }
  }

  @ParameterizedTest
  @MethodSource("everyKernelSet")
  void everyNumberOfRowsUpTo24HasKernels(TileKernels kernels) {
    for (int rows = 1; rows <= 24; rows++) {
      check(problem(rows, 3, 50), kernels);
    }
  }

  /// Attention goes on where an earlier product stopped.
  @ParameterizedTest
  @MethodSource("everyKernelSet")
  void stoppingAndGoingOnRoundsNothing(TileKernels kernels) {
    Problem problem = problem(3, 21, 37);
    float[] whole = multiply(problem, kernels);
    float[] parts = new float[whole.length];
    try (Arena arena = Arena.ofConfined()) {
      Matrix b = matrix(problem, kernels.isPacked(), arena);
      MatrixProduct product = new MatrixProduct(kernels);
      PanelWindow panels = new PanelWindow().set(b, 0, b.panels());
      RowWindow c = problem.rowsOfC(parts);
      product.multiply(problem.rowsOfA(), panels.setRows(0, 8), problem.start(), c);
      RowWindow rest = new RowWindow().set(problem.a, OFFSET + 8, problem.lda(), 3);
      product.multiply(rest, panels.setRows(8, 13), c, c);
    }
    for (int row = 0; row < 3; row++) {
      for (int column = 0; column < 37; column++) {
        int at = OFFSET + row * problem.ldc() + column;
        assertEquals(
            whole[at], parts[at], String.format(Locale.ROOT, "row %d, column %d", row, column));
      }
    }
  }
}
