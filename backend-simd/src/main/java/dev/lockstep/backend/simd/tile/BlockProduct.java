package dev.lockstep.backend.simd.tile;

import java.util.concurrent.atomic.AtomicReferenceArray;

/// `C = init + A · B` for many rows, which have been interleaved first ([RowBlocks]), and one K:
/// the products of one linear layer.
///
/// Shapes: `A [T, K]`, `B [K, 16 · panels]`, `init [16 · panels]`, `C [T, 16 · panels]`, row-major
/// with a row stride of its own.
public final class BlockProduct {
  private final TileKernels kernels;
  private final int depth;
  private final AtomicReferenceArray<BlockKernel> made;

  /// @param depth K
  BlockProduct(TileKernels kernels, int depth) {
    this.kernels = kernels;
    this.depth = depth;
    made = new AtomicReferenceArray<>((RowBlocks.HEIGHT + 1) * (panelsPerTile() + 1));
  }

  /// How many panels one tile takes.
  public int panelsPerTile() {
    return kernels.panelsPerBlock();
  }

  /// Computes panels that one tile takes for blocks `blockFrom .. blockTo` of rows. The weights of
  /// the tile are used for all of them, so they come from memory once and then from the cache.
  ///
  /// @param rows T, of all blocks
  /// @param i0 index in `init` of column 0 of B, whatever `panel` is
  /// @param c0 index in `c` of row 0 and column 0 of B
  public void multiply(
      RowBlocks a,
      int blockFrom,
      int blockTo,
      int rows,
      Matrix b,
      int panel,
      int panels,
      float[] init,
      int i0,
      float[] c,
      int c0,
      int ldc) {
    int column = panel * Matrix.PANEL;
    for (int block = blockFrom; block < blockTo; block++) {
      kernel(a.rows(block, rows), panels)
          .run(
              a.data(),
              a.at(block, depth),
              b,
              b.at(panel, 0),
              init,
              i0 + column,
              c,
              c0 + a.firstRow(block) * ldc + column,
              ldc);
    }
  }

  private BlockKernel kernel(int rows, int panels) {
    int index = rows * (panelsPerTile() + 1) + panels;
    BlockKernel kernel = made.get(index);
    if (kernel == null) {
      kernel = kernels.blockKernel(rows, panels, depth);
      made.set(index, kernel);
    }
    return kernel;
  }
}
