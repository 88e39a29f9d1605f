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

  /// Computes one tile: a block of rows beside panels that one tile takes. The panels stay in the
  /// cache for the next block.
  ///
  /// @param b at most [#panelsPerTile] panels, all rows
  /// @param init one row, from the first column of `b` on
  /// @param c the tile
  public void multiply(RowBlocks a, int block, PanelWindow b, RowWindow init, RowWindow c) {
    kernel(b.panels())
        .run(
            a.data(),
            a.at(block),
            b.matrix(),
            b.at(0),
            init.data(),
            init.from(),
            c.data(),
            c.from(),
            c.stride());
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
