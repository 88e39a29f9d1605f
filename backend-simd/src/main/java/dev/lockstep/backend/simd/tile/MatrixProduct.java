package dev.lockstep.backend.simd.tile;

/// `C = init + A · B` for any number of rows and panels: cuts a product into tiles.
///
/// Shapes: `A [rows, depth]`, `B [depth, 16 · panels]`, `init` and `C` `[rows, 16 · panels]`. A
/// says how many rows there are, B how many panels and how deep; `init` and C begin where the first
/// panel of B does. Cost: `2 · rows · depth · 16 · panels` FLOPs.
public final class MatrixProduct {
  private final TileKernels kernels;

  public MatrixProduct(TileKernels kernels) {
    this.kernels = kernels;
  }

  /// How many panels one tile of such a product takes, and so how finely it can be shared out.
  public int panelsPerTile(int rows) {
    return kernels.panelsFor(rows);
  }

  /// How many rows one tile takes beside the panels of [#panelsPerTile].
  public int rowsPerTile(int rows) {
    return kernels.maxRows(panelsPerTile(rows));
  }

  /// Whether a product of this many rows is one tile high, as [#multiplyStreams] wants it.
  public boolean isOneTileHigh(int rows) {
    return kernels.isOneTileHigh(rows);
  }

  /// Whether interleaving this many rows first, for [#blocks], makes their product faster.
  public boolean interleaves(int rows) {
    return kernels.interleaves(rows);
  }

  /// Products of interleaved rows with matrices of `depth` rows.
  public BlockProduct blocks(int depth) {
    return new BlockProduct(kernels, depth);
  }

  /// The product of any number of rows. The weights of a tile are used for all rows before the next
  /// tile's, so they come from memory once and then from the cache.
  public void multiply(RowWindow a, PanelWindow b, RowWindow init, RowWindow c) {
    int rows = a.rows();
    int width = panelsPerTile(rows);
    int blocks = Math.ceilDiv(rows, kernels.maxRows(width));
    for (int panel = 0; panel < b.panels(); panel += width) {
      int panels = Math.min(width, b.panels() - panel);
      for (int block = 0; block < blocks; block++) {
        int row = rows * block / blocks;
        int height = rows * (block + 1) / blocks - row;
        run(kernels.kernel(height, panels), a, b, init, c, row, panel, 1);
      }
    }
  }

  /// As [#multiplyStreams] for one row, with as many streams as this machine likes best.
  ///
  /// @param tuner the calling thread's
  public void multiplyRow(
      StreamTuner tuner, RowWindow a, PanelWindow b, RowWindow init, RowWindow c) {
    int streams = tuner.next();
    long bytes = b.byteSize();
    long start = tuner.isTuning(bytes) ? System.nanoTime() : 0;
    multiplyStreams(streams, a, b, init, c);
    if (tuner.isTuning(bytes)) {
      tuner.took(bytes, System.nanoTime() - start);
    }
  }

  /// As [#multiply] for few rows, one tile high, and panels that come from memory, not from a
  /// cache: several panels *far apart* are read at once, each a stream of its own for the
  /// hardware's prefetcher.
  public void multiplyStreams(RowWindow a, PanelWindow b, RowWindow init, RowWindow c) {
    multiplyStreams(kernels.streams(a.rows()), a, b, init, c);
  }

  private void multiplyStreams(
      int streams, RowWindow a, PanelWindow b, RowWindow init, RowWindow c) {
    int share = b.panels() / streams;
    for (int panel = 0; panel < share; panel++) {
      run(kernels.kernel(a.rows(), streams), a, b, init, c, 0, panel, share);
    }
    for (int panel = share * streams; panel < b.panels(); panel++) {
      run(kernels.kernel(a.rows(), 1), a, b, init, c, 0, panel, 1);
    }
  }

  /// Computes one tile, from a row and a panel of the windows on.
  ///
  /// @param apart from a panel of the tile to the next, in panels
  private static void run(
      TileKernel kernel,
      RowWindow a,
      PanelWindow b,
      RowWindow init,
      RowWindow c,
      int row,
      int panel,
      int apart) {
    Matrix matrix = b.matrix();
    int column = panel * Matrix.PANEL;
    kernel.run(
        a.data(),
        a.at(row),
        a.stride(),
        matrix,
        b.at(panel),
        apart * matrix.panelStep(),
        b.depth(),
        init.data(),
        init.at(row) + column,
        init.stride(),
        c.data(),
        c.at(row) + column,
        c.stride(),
        apart * Matrix.PANEL);
  }
}
