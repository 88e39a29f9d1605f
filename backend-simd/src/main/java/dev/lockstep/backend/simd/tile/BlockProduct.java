package dev.lockstep.backend.simd.tile;

import java.util.concurrent.atomic.AtomicReferenceArray;

/// `C = init + A · B` for many rows, which have been interleaved first ([RowBlocks]), and one K:
/// the products of one linear layer.
///
/// Shapes: `A [T, K]`, `B [K, 16 · panels]`, `init [16 · panels]`, `C [T, 16 · panels]`, row-major
/// with a row stride of its own, and room for [RowBlocks#SPARE_ROWS] more rows in C.
public final class BlockProduct {
  private final TileKernels kernels;
  private final int depth;
  private final AtomicReferenceArray<BlockKernel> made;

  /// @param depth K
  BlockProduct(TileKernels kernels, int depth) {
    this.kernels = kernels;
    this.depth = depth;
    made = new AtomicReferenceArray<>(panelsPerTile() + 1);
  }

  /// How many panels one tile takes.
  public int panelsPerTile() {
    return kernels.panelsPerBlock();
  }

  /// Computes panels that one tile takes for blocks `blockFrom .. blockTo` of rows. The weights of
  /// the tile are used for all of them, so they come from memory once and then from the cache.
  ///
  /// @param i0 index in `init` of column 0 of B, whatever `panel` is
  /// @param c0 index in `c` of row 0 and column 0 of B
  public void multiply(
      RowBlocks a,
      int blockFrom,
      int blockTo,
      Matrix b,
      int panel,
      int panels,
      float[] init,
      int i0,
      float[] c,
      int c0,
      int ldc) {
    int column = panel * Matrix.PANEL;
    BlockKernel kernel = kernel(panels);
    for (int block = blockFrom; block < blockTo; block++) {
      kernel.run(
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

  private BlockKernel kernel(int panels) {
    BlockKernel kernel = made.get(panels);
    if (kernel == null) {
      kernel = kernels.blockKernel(panels, depth);
      made.set(panels, kernel);
    }
    return kernel;
  }
}
