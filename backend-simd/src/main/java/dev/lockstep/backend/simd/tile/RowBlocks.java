package dev.lockstep.backend.simd.tile;

/// The left-hand operand `A [T, K]` of a product of many rows, *interleaved* in blocks of up to
/// eight: element (r, k) of a block lies at `8k + r` from its beginning, so that what one step of k
/// needs is one cache line or less and needs one index.
///
/// One kernel does for all blocks. The last block may have fewer rows; what lies in the place of
/// the others is multiplied for nothing, and a product writes up to [#SPARE_ROWS] rows past the
/// last.
///
/// Interleaving costs a load and a store a vector, and saves an index per row and step of k in
/// every tile of the product: with N outputs an element is used in N / 48 of them. It moves values
/// and computes nothing, so no bit depends on it.
public final class RowBlocks {
  /// The most rows of a block, and from a step of k to the next.
  static final int HEIGHT = 8;

  /// How many rows a product may write past the last one.
  public static final int SPARE_ROWS = HEIGHT - 1;

  private final Interleaver interleaver;
  private final float[] data;
  private final int height;
  private final int depth;

  /// Memory for up to `maxRows` rows of `depth` elements.
  ///
  /// @param depth K
  public RowBlocks(TileKernels kernels, int maxRows, int depth) {
    this.depth = depth;
    height = kernels.rowsPerBlock();
    interleaver = kernels.interleaver();
    data = new float[Math.multiplyExact(count(maxRows), blockLength())];
  }

  /// How many blocks a number of rows makes.
  public int count(int rows) {
    return Math.ceilDiv(rows, height);
  }

  /// The first row of a block.
  public int firstRow(int block) {
    return block * height;
  }

  /// How many of `rows` rows a block has.
  public int rowsOf(int block, int rows) {
    return Math.min(height, rows - firstRow(block));
  }

  float[] data() {
    return data;
  }

  /// Where a block begins.
  int at(int block) {
    return block * blockLength();
  }

  private int blockLength() {
    return depth * HEIGHT;
  }

  /// Copies some columns of a block's rows, from column `k` of A on.
  ///
  /// @param x those columns of the rows that the block has
  /// @param columns how many
  public void fill(int block, int k, RowWindow x, int columns) {
    interleaver.run(
        x.data(), x.from(), x.stride(), x.rows(), data, at(block) + k * HEIGHT, columns);
  }
}
