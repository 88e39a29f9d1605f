package dev.lockstep.backend.simd.network;

import dev.lockstep.backend.simd.tile.BlockProduct;
import dev.lockstep.backend.simd.tile.Matrix;
import dev.lockstep.backend.simd.tile.MatrixProduct;
import dev.lockstep.backend.simd.tile.PanelWindow;
import dev.lockstep.backend.simd.tile.RowBlocks;
import dev.lockstep.backend.simd.tile.RowWindow;

/// A fully connected layer, Hugging Face's `Conv1D`: `y[t, o] = bias[o] + Σ_k x[t, k] · W[k, o]`.
///
/// Shapes: `x [T, in]`, `W [in, out]`, `bias [out]`, `y [T, out]`. The chain of an output starts
/// from its bias. Order and error: [dev.lockstep.backend.simd.tile.TileKernel].
///
/// **Sharing out.** One row (decode), and as many as one tile holds, are bound by memory: every
/// worker gets a fixed run of panels and streams through it. More rows are taken tile by tile: a
/// worker that was held up does fewer. Many rows are bound by arithmetic: they are interleaved
/// first ([RowBlocks]).
final class Linear {

  /// What is done to a tile of `y` while it is still in the cache.
  enum Then {
    /// Nothing.
    DONE,
    /// `y ← gelu(y)`
    GELU,
    /// `x ← x + y` on the residual stream, [Workspace#x]
    ADD
  }

  /// At least this many tasks a worker: then it does not matter that some workers are slower.
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
  void forward(int worker, Pass pass, int rows, Buffer x, int x0, Buffer y, Then then) {
    if (product.isOneTileHigh(rows)) {
      forwardTile(worker, pass, rows, x, x0, y, then);
    } else if (product.interleaves(rows)) {
      forwardBlocks(worker, pass, rows, x.interleaved(), y, then);
    } else {
      forwardRows(worker, pass, rows, x, x0, y, then);
    }
    pass.await(worker);
  }

  private void forwardTile(int worker, Pass pass, int rows, Buffer x, int x0, Buffer y, Then then) {
    Scratch own = pass.scratch(worker);
    int from = pass.share(weight.panels(), worker);
    int count = pass.share(weight.panels(), worker + 1) - from;
    own.a.set(x.data, x0, x.stride, rows);
    setPanels(own, from, count, y, rows);
    if (rows == 1) {
      product.multiplyRow(own.streamTuner, own.a, own.b, own.init, own.c);
    } else {
      product.multiplyStreams(own.a, own.b, own.init, own.c);
    }
    finish(pass, own, then);
  }

  private void forwardRows(int worker, Pass pass, int rows, Buffer x, int x0, Buffer y, Then then) {
    Scratch own = pass.scratch(worker);
    own.a.set(x.data, x0, x.stride, rows);
    int panels = weight.panels();
    int most = product.panelsPerTile(rows);
    for (int from = pass.take() * most; from < panels; from = pass.take() * most) {
      setPanels(own, from, Math.min(most, panels - from), y, rows);
      product.multiply(own.a, own.b, own.init, own.c);
      finish(pass, own, then);
    }
  }

  /// Moves the windows of B, `init` and C to some panels and their columns.
  private void setPanels(Scratch own, int from, int count, Buffer y, int rows) {
    own.b.set(weight, from, count);
    own.init.setRow(bias, own.b.column());
    own.c.set(y.data, own.b.column(), y.stride, rows);
  }

  private void forwardBlocks(int worker, Pass pass, int rows, RowBlocks x, Buffer y, Then then) {
    Scratch own = pass.scratch(worker);
    int blocks = x.count(rows);
    int panels = weight.panels();
    int most = blockProduct.panelsPerTile();
    int tiles = Math.ceilDiv(panels, most);
    int groups = Math.min(blocks, Math.ceilDiv(TASKS_PER_WORKER * pass.workers(), tiles));
    int tasks = tiles * groups;
    for (int run = pass.takeRun(tasks); run < tasks; run = pass.takeRun(tasks)) {
      for (int task = run; task < pass.endOfRun(run, tasks); task++) {
        int panel = task / groups * most;
        own.b.set(weight, panel, Math.min(most, panels - panel));
        own.init.setRow(bias, own.b.column());
        int last = (task % groups + 1) * blocks / groups;
        for (int block = task % groups * blocks / groups; block < last; block++) {
          forwardBlock(pass, own, x, block, x.rowsOf(block, rows), y, then);
        }
      }
    }
  }

  /// One tile. What follows the product is done while the tile is in the first-level cache.
  private void forwardBlock(
      Pass pass, Scratch own, RowBlocks x, int block, int rows, Buffer y, Then then) {
    PanelWindow b = own.b;
    RowWindow c = own.c;
    int row = x.firstRow(block);
    if (then == Then.DONE) {
      c.set(y.data, row * y.stride + b.column(), y.stride, rows);
      blockProduct.multiply(x, block, b, own.init, c);
      return;
    }
    int width = b.panels() * Matrix.PANEL;
    c.set(own.tile, 0, width, rows);
    blockProduct.multiply(x, block, b, own.init, c);
    if (then == Then.GELU) {
      own.rowKernels.gelu(own.tile, 0, rows * width);
      y.interleaved().fill(block, b.column(), c, b.columns());
    } else {
      addToStream(pass, own, row);
    }
  }

  /// `x ← x + (W · h + bias)`: the end of both halves of a block. In an observed session the sum is
  /// done apart, after what is added has been shown.
  void addToStream(int worker, Pass pass, Buffer h, int layer, String suffix) {
    Buffer y = pass.workspace().projected;
    Then then = pass.isObserved() ? Then.DONE : Then.ADD;
    forward(worker, pass, pass.rows(), h, 0, y, then);
    if (pass.isObserved()) {
      pass.show(worker, layer, suffix, y);
      if (worker == 0) {
        Scratch own = pass.scratch(worker);
        setPanels(own, 0, weight.panels(), y, pass.rows());
        addToStream(pass, own, 0);
      }
      pass.await(worker);
    }
  }

  /// Does what follows a product to the panels that it computed.
  private static void finish(Pass pass, Scratch own, Then then) {
    int columns = own.b.columns();
    if (columns <= 0) {
      return;
    }
    switch (then) {
      case DONE -> {}
      case GELU -> {
        for (int row = 0; row < own.c.rows(); row++) {
          own.rowKernels.gelu(own.c.data(), own.c.at(row), columns);
        }
      }
      case ADD -> addToStream(pass, own, 0);
    }
  }

  /// Adds the panels that a product computed to the residual stream.
  ///
  /// @param first the row of the stream that belongs to row 0 of C
  private static void addToStream(Pass pass, Scratch own, int first) {
    Buffer x = pass.workspace().x;
    RowWindow c = own.c;
    for (int row = 0; row < c.rows(); row++) {
      int at = (first + row) * x.stride + own.b.column();
      own.rowKernels.add(x.data, at, c.data(), c.at(row), own.b.columns());
    }
  }
}
