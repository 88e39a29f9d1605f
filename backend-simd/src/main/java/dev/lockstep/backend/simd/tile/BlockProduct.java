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

  /// Computes one tile: a block of rows beside panels that one tile takes. Whoever goes on with the
  /// next block and the same panels finds these in the cache.
  ///
  /// @param i0 index in `init` of column 0 of B, whatever `panel` is
  /// @param c0 index in `c` of the tile's first row and column
  public void multiply(
      RowBlocks a,
      int block,
      Matrix b,
      int panel,
      int panels,
      float[] init,
      int i0,
      float[] c,
      int c0,
      int ldc) {
    kernel(panels)
        .run(a.data(), a.at(block), b, b.at(panel, 0), init, i0 + panel * Matrix.PANEL, c, c0, ldc);
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
