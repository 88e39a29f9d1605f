package dev.lockstep.backend.simd.tile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every element of interleaved rows is where [RowBlocks] says, whatever the width of the vectors
/// that moved it there.
class RowBlocksTest {
  private static final int OFFSET = 3;
  private static final int DEPTH = 75;

  private static float element(int row, int k) {
    return row * 1000 + k;
  }

  private static float[] rows(int rows, int stride) {
    float[] x = new float[OFFSET + rows * stride];
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < DEPTH; k++) {
        x[OFFSET + row * stride + k] = element(row, k);
      }
    }
    return x;
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 256, 512})
  void everyElementIsInItsPlace(int bits) {
    for (int registers : new int[] {16, 32}) {
      TileKernels kernels = new TileKernels(bits, true, true, registers);
      for (int rows = 11; rows <= 27; rows++) {
        check(kernels, rows, DEPTH);
        for (int cut : new int[] {1, 16, 37, 64}) {
          check(kernels, rows, cut);
        }
      }
    }
  }

  /// @param cut how many columns are copied at first; the others follow
  private static void check(TileKernels kernels, int rows, int cut) {
    int stride = DEPTH + 5;
    float[] x = rows(rows, stride);
    RowBlocks blocks = new RowBlocks(kernels, rows, DEPTH);
    RowWindow window = new RowWindow();
    for (int block = 0; block < blocks.count(rows); block++) {
      int at = OFFSET + blocks.firstRow(block) * stride;
      int height = blocks.rowsOf(block, rows);
      blocks.fill(block, cut, window.set(x, at + cut, stride, height), DEPTH - cut);
      blocks.fill(block, 0, window.set(x, at, stride, height), cut);
    }
    for (int row = 0; row < rows; row++) {
      int block = row / kernels.rowsPerBlock();
      for (int k = 0; k < DEPTH; k++) {
        int at = blocks.at(block) + RowBlocks.HEIGHT * k + row - blocks.firstRow(block);
        assertEquals(element(row, k), blocks.data()[at], kernels + ", row " + row + ", k " + k);
      }
    }
  }
}
