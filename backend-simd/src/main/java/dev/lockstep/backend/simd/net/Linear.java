package dev.lockstep.backend.simd.net;

import dev.lockstep.backend.simd.row.RowKernels;
import dev.lockstep.backend.simd.tile.BlockProduct;
import dev.lockstep.backend.simd.tile.Matrix;
import dev.lockstep.backend.simd.tile.MatrixProduct;
import dev.lockstep.backend.simd.tile.RowBlocks;
import dev.lockstep.backend.simd.tile.StreamTuner;
import org.jspecify.annotations.Nullable;

/// A fully connected layer, Hugging Face's `Conv1D`: `y[t, o] = bias[o] + Σ_k x[t, k] · W[k, o]`.
///
/// Shapes: `x [T, in]`, `W [in, out]`, `bias [out]`, `y [T, out]`. The chain of an output starts
/// from its bias. Order and error: [dev.lockstep.backend.simd.tile.TileKernel].
///
/// **Sharing out.** One row (decode), and as many as one tile holds, are bound by memory: every
/// worker gets a fixed run of panels and streams through it. More rows are taken tile by tile, so
/// that a worker that was held up does fewer. Many rows are bound by arithmetic: they are
/// interleaved first ([RowBlocks]).
final class Linear {

  /// What is done to a tile of `y` while it is still in the cache.
  enum Then {
    /// Nothing.
    DONE,
    /// `y ← gelu(y)`
    GELU,
    /// `x ← x + y` on the residual stream
    ADD
  }

  /// So many tasks a worker, at least, even out that some are slower than others.
  private static final int TASKS_PER_WORKER = 8;

  private final Matrix weight;
  private final float[] bias;
  private final MatrixProduct product;
  private final BlockProduct blockProduct;

  /// @param bias padded with zeros to whole panels
  Linear(Matrix weight, float[] bias, MatrixProduct product) {
    this.weight = weight;
    this.bias = bias;
    this.product = product;
    blockProduct = product.blocks(weight.inputs());
  }

  int outputs() {
    return weight.outputs();
  }

  /// @param rows T
  /// @param x row t begins at `x0 + t · x.stride`; of many rows those that are interleaved are read
  /// @param y receives the rows; those of many that went through [Then#GELU] interleaved, since the
  ///     only one to read them is the next product
  /// @param residual the stream that [Then#ADD] adds to, or null
  void forward(
      int worker,
      Pass pass,
      int rows,
      Buffer x,
      int x0,
      Buffer y,
      Then then,
      @Nullable Buffer residual) {
    if (product.isOneTileHigh(rows)) {
      forwardTile(worker, pass, rows, x, x0, y, then, residual);
    } else if (product.interleaves(rows)) {
      forwardBlocks(worker, pass, rows, x.interleaved(), y, then, residual);
    } else {
      forwardRows(worker, pass, rows, x, x0, y, then, residual);
    }
    pass.await(worker);
  }

  private void forwardTile(
      int worker,
      Pass pass,
      int rows,
      Buffer x,
      int x0,
      Buffer y,
      Then then,
      @Nullable Buffer residual) {
    int from = pass.share(weight.panels(), worker);
    int count = pass.share(weight.panels(), worker + 1) - from;
    int depth = weight.inputs();
    if (rows == 1) {
      StreamTuner tuner = pass.streamTuner(worker);
      product.multiplyRow(tuner, x.data, x0, weight, from, count, depth, bias, 0, y.data, 0);
    } else {
      product.multiplyStreams(
          x.data, x0, x.stride, rows, weight, from, count, depth, bias, 0, y.data, 0, y.stride);
    }
    finish(pass.rowKernels(worker), 0, rows, from, count, y, then, residual);
  }

  private void forwardRows(
      int worker,
      Pass pass,
      int rows,
      Buffer x,
      int x0,
      Buffer y,
      Then then,
      @Nullable Buffer residual) {
    int depth = weight.inputs();
    int panels = weight.panels();
    int most = product.panelsPerTile(rows);
    for (int from = pass.take() * most; from < panels; from = pass.take() * most) {
      int count = Math.min(most, panels - from);
      product.multiply(
          x.data, x0, x.stride, rows, weight, from, count, 0, depth, bias, 0, 0, y.data, 0,
          y.stride);
      finish(pass.rowKernels(worker), 0, rows, from, count, y, then, residual);
    }
  }

  private void forwardBlocks(
      int worker,
      Pass pass,
      int rows,
      RowBlocks x,
      Buffer y,
      Then then,
      @Nullable Buffer residual) {
    int blocks = x.count(rows);
    int panels = weight.panels();
    int most = blockProduct.panelsPerTile();
    int tiles = Math.ceilDiv(panels, most);
    int groups = Math.min(blocks, Math.ceilDiv(TASKS_PER_WORKER * pass.workers(), tiles));
    int tasks = tiles * groups;
    for (int run = pass.takeRun(tasks); run < tasks; run = pass.takeRun(tasks)) {
      for (int task = run; task < pass.endOfRun(run, tasks); task++) {
        int panel = task / groups * most;
        int count = Math.min(most, panels - panel);
        int last = (task % groups + 1) * blocks / groups;
        for (int block = task % groups * blocks / groups; block < last; block++) {
          forwardBlock(worker, pass, rows, x, block, panel, count, y, then, residual);
        }
      }
    }
  }

  /// One tile. What follows the product is done while the tile is in the first-level cache.
  private void forwardBlock(
      int worker,
      Pass pass,
      int rows,
      RowBlocks x,
      int block,
      int panel,
      int panels,
      Buffer y,
      Then then,
      @Nullable Buffer residual) {
    int column = panel * Matrix.PANEL;
    int row = x.firstRow(block);
    if (then == Then.DONE) {
      int at = row * y.stride + column;
      blockProduct.multiply(x, block, weight, panel, panels, bias, 0, y.data, at, y.stride);
      return;
    }
    RowKernels kernels = pass.rowKernels(worker);
    float[] tile = pass.tile(worker);
    int width = panels * Matrix.PANEL;
    int height = x.rowsOf(block, rows);
    blockProduct.multiply(x, block, weight, panel, panels, bias, 0, tile, 0, width);
    int columns = Math.min(width, outputs() - column);
    if (then == Then.GELU) {
      kernels.gelu(tile, 0, height * width);
      y.interleaved().fill(block, column, tile, 0, width, height, columns);
    } else if (residual != null) {
      for (int r = 0; r < height; r++) {
        int at = (row + r) * residual.stride + column;
        kernels.add(residual.data, at, tile, r * width, columns);
      }
    }
  }

  /// `x ← x + (W · h + bias)`: the end of both halves of a block. When somebody watches, the sum is
  /// done apart, after what is added has been shown.
  void addTo(int worker, Pass pass, Buffer h, Buffer x, int layer, String suffix) {
    Buffer y = pass.workspace().projected;
    Then then = pass.isObserved() ? Then.DONE : Then.ADD;
    forward(worker, pass, pass.rows(), h, 0, y, then, x);
    if (pass.isObserved()) {
      pass.show(worker, layer, suffix, y);
      if (worker == 0) {
        finish(pass.rowKernels(worker), 0, pass.rows(), 0, weight.panels(), y, Then.ADD, x);
      }
      pass.await(worker);
    }
  }

  private void finish(
      RowKernels kernels,
      int rowFrom,
      int rowTo,
      int panelFrom,
      int panels,
      Buffer y,
      Then then,
      @Nullable Buffer residual) {
    int column = panelFrom * Matrix.PANEL;
    int length = Math.min(panels * Matrix.PANEL, outputs() - column);
    if (length <= 0) {
      return;
    }
    for (int row = rowFrom; row < rowTo; row++) {
      int at = row * y.stride + column;
      switch (then) {
        case DONE -> {}
        case GELU -> kernels.gelu(y.data, at, length);
        case ADD -> {
          if (residual != null) {
            kernels.add(residual.data, row * residual.stride + column, y.data, at, length);
          }
        }
      }
    }
  }
}
