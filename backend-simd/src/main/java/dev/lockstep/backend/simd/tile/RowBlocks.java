package dev.lockstep.backend.simd.tile;

import java.util.Arrays;

/// The left-hand operand `A [T, K]` of a product of many rows, *interleaved* in blocks of up to
/// eight: element (r, k) of a block lies at `8k + r` from its beginning, so that what one step of k
/// needs is one cache line or less and needs one index.
///
/// The last block is filled up with rows of zeros, so that one kernel does for all blocks: a
// product
/// writes up to [#SPARE_ROWS] rows past the last.
///
/// Interleaving costs a load and a store an element, and saves an index per row and step of k in
/// every tile of the product: with N outputs an element is used in N / 48 of them. It moves values
/// and computes nothing, so no bit depends on it.
public final class RowBlocks {
  /// The most rows of a block, and from a step of k to the next.
  static final int HEIGHT = 8;

  /// How many rows a product may write past the last one.
  public static final int SPARE_ROWS = HEIGHT - 1;

  /// Steps of k that are copied for all rows of a block before the next ones: 16 KiB, which stay in
  /// the L1 cache meanwhile.
  private static final int CHUNK = 512;

  private final float[] data;
  private final int height;

  /// Memory for up to `mostRows` rows of up to `mostDepth` elements.
  public RowBlocks(TileKernels kernels, int mostRows, int mostDepth) {
    height = kernels.rowsPerBlock();
    int blocks = kernels.interleaves(mostRows) ? count(mostRows) : 0;
    data = new float[Math.multiplyExact(blocks, blockLength(mostDepth))];
  }

  /// How many blocks so many rows make.
  public int count(int rows) {
    return Math.ceilDiv(rows, height);
  }

  /// The first row of a block.
  public int firstRow(int block) {
    return block * height;
  }

  float[] data() {
    return data;
  }

  /// Where a block begins.
  int at(int block, int depth) {
    return block * blockLength(depth);
  }

  private static int blockLength(int depth) {
    return depth * HEIGHT;
  }

  /// Copies the rows of a block.
  ///
  /// @param x row t of all rows begins at `x0 + t · ldx`
  /// @param rows T
  public void fill(int block, float[] x, int x0, int ldx, int rows, int depth) {
    int first = firstRow(block);
    int present = Math.min(height, rows - first);
    for (int k = 0; k < depth; k += CHUNK) {
      int length = Math.min(CHUNK, depth - k);
      int to = at(block, depth) + k * HEIGHT;
      for (int row = 0; row < present; row++) {
        interleave(x, x0 + (first + row) * ldx + k, data, to + row, length);
      }
      if (present < height) {
        clear(to, present, length);
      }
    }
  }

  private void clear(int at, int fromRow, int depth) {
    for (int k = 0; k < depth; k++) {
      Arrays.fill(data, at + k * HEIGHT + fromRow, at + k * HEIGHT + height, 0);
    }
  }

  private static void interleave(float[] from, int at, float[] to, int toAt, int depth) {
    for (int k = 0; k < depth; k++) {
      to[toAt + k * HEIGHT] = from[at + k];
    }
  }
}
