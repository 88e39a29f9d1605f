package dev.lockstep.backend.simd.tile;

/// `C = init + A · B` for any number of rows and panels: cuts a product into tiles.
///
/// Shapes: `A [rows, depth]`, `B [≥ depth, 16 · panels]`, `init`, `C` `[rows, 16 · panels]`, all
/// row-major with row strides of their own but B. Cost: `2 · rows · depth · 16 · panels` FLOPs.
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
    return kernels.mostRows(panelsPerTile(rows));
  }

  /// Computes panels `panelFrom .. panelFrom + panels` of C. The weights of a tile are used for all
  /// rows before the next tile's, so they come from memory once and then from the cache.
  ///
  /// @param kFrom the row of B that belongs to column 0 of A
  /// @param i0 index in `init` of row 0 and column 0 of B, whatever `panelFrom` is
  /// @param c0 index in `c` of row 0 and column 0 of B
  public void multiply(
      float[] a,
      int a0,
      int lda,
      int rows,
      Matrix b,
      int panelFrom,
      int panels,
      int kFrom,
      int depth,
      float[] init,
      int i0,
      int ldi,
      float[] c,
      int c0,
      int ldc) {
    int most = panelsPerTile(rows);
    int blocks = Math.ceilDiv(rows, kernels.mostRows(most));
    for (int done = 0; done < panels; done += most) {
      int width = Math.min(most, panels - done);
      int panel = panelFrom + done;
      int column = panel * Matrix.PANEL;
      for (int block = 0; block < blocks; block++) {
        int row = rows * block / blocks;
        int height = rows * (block + 1) / blocks - row;
        kernels
            .kernel(height, width)
            .run(
                a,
                a0 + row * lda,
                lda,
                b,
                b.at(panel, kFrom),
                b.panelStep(),
                depth,
                init,
                i0 + row * ldi + column,
                ldi,
                c,
                c0 + row * ldc + column,
                ldc,
                Matrix.PANEL);
      }
    }
  }

  /// Whether a product of so many rows is one tile high, as [#multiplyStreams] wants it.
  public boolean isOneTileHigh(int rows) {
    return kernels.isOneTileHigh(rows);
  }

  /// Whether a product of so many rows is worth interleaving them first, for [#blocks].
  public boolean interleaves(int rows) {
    return kernels.interleaves(rows);
  }

  /// Products of interleaved rows with matrices of `depth` rows.
  public BlockProduct blocks(int depth) {
    return new BlockProduct(kernels, depth);
  }

  /// As [#multiplyStreams] for one row, with as many streams as this machine likes best.
  ///
  /// @param tuner the calling thread's
  public void multiplyRow(
      StreamTuner tuner,
      float[] a,
      int a0,
      Matrix b,
      int panelFrom,
      int panels,
      int depth,
      float[] init,
      int i0,
      float[] c,
      int c0) {
    int streams = tuner.next();
    long bytes = (long) panels * depth * Matrix.PANEL_BYTES;
    long start = tuner.isTuning(bytes) ? System.nanoTime() : 0;
    multiplyStreams(streams, a, a0, 0, 1, b, panelFrom, panels, depth, init, i0, c, c0, 0);
    if (tuner.isTuning(bytes)) {
      tuner.took(bytes, System.nanoTime() - start);
    }
  }

  /// As [#multiply] for few rows, one tile high, and panels that come from memory, not from a
  /// cache: several panels *far apart* are read at once, each a stream of its own for the
  /// hardware's prefetcher.
  public void multiplyStreams(
      float[] a,
      int a0,
      int lda,
      int rows,
      Matrix b,
      int panelFrom,
      int panels,
      int depth,
      float[] init,
      int i0,
      float[] c,
      int c0,
      int ldc) {
    multiplyStreams(
        kernels.streams(rows), a, a0, lda, rows, b, panelFrom, panels, depth, init, i0, c, c0, ldc);
  }

  private void multiplyStreams(
      int streams,
      float[] a,
      int a0,
      int lda,
      int rows,
      Matrix b,
      int panelFrom,
      int panels,
      int depth,
      float[] init,
      int i0,
      float[] c,
      int c0,
      int ldc) {
    int share = panels / streams;
    for (int i = 0; i < share; i++) {
      int panel = panelFrom + i;
      int column = panel * Matrix.PANEL;
      kernels
          .kernel(rows, streams)
          .run(
              a,
              a0,
              lda,
              b,
              b.at(panel, 0),
              share * b.panelStep(),
              depth,
              init,
              i0 + column,
              0,
              c,
              c0 + column,
              ldc,
              share * Matrix.PANEL);
    }
    for (int panel = panelFrom + share * streams; panel < panelFrom + panels; panel++) {
      int column = panel * Matrix.PANEL;
      kernels
          .kernel(rows, 1)
          .run(
              a,
              a0,
              lda,
              b,
              b.at(panel, 0),
              0,
              depth,
              init,
              i0 + column,
              0,
              c,
              c0 + column,
              ldc,
              0);
    }
  }
}
