package dev.lockstep.backend.simd.net;

import dev.lockstep.backend.simd.row.RowKernels;
import dev.lockstep.backend.simd.tile.Matrix;
import dev.lockstep.backend.simd.tile.MatrixProduct;
import org.jspecify.annotations.Nullable;

/// A fully connected layer, Hugging Face's `Conv1D`: `y[t, o] = bias[o] + Σ_k x[t, k] · W[k, o]`.
///
/// Shapes: `x [T, in]`, `W [in, out]`, `bias [out]`, `y [T, out]`. The chain of an output starts
/// from its bias. Order and error: [dev.lockstep.backend.simd.tile.TileKernel].
///
/// **Sharing out.** One row (decode) is bound by memory: every worker gets a fixed run of panels
/// and streams through it. Several rows (prefill) are bound by arithmetic: tiles are taken one by
/// one, so that a worker that was held up does fewer.
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

  private final Matrix weight;
  private final float[] bias;
  private final MatrixProduct product;

  /// @param bias padded with zeros to whole panels
  Linear(Matrix weight, float[] bias, MatrixProduct product) {
    this.weight = weight;
    this.bias = bias;
    this.product = product;
  }

  int outputs() {
    return weight.outputs();
  }

  /// @param rows T
  /// @param x row t begins at `x0 + t · ldx`
  /// @param residual the stream that [Then#ADD] adds to, or null
  void forward(
      int worker,
      Pass pass,
      int rows,
      float[] x,
      int x0,
      int ldx,
      Buffer y,
      Then then,
      @Nullable Buffer residual) {
    int panels = weight.panels();
    if (rows == 1) {
      int from = pass.share(panels, worker);
      int count = pass.share(panels, worker + 1) - from;
      product.multiplyRow(x, x0, weight, from, count, weight.inputs(), bias, 0, y.data, 0);
      finish(pass.rowKernels(worker), 1, from, count, y, then, residual);
    } else {
      int most = product.panelsPerTile(rows);
      for (int from = pass.take() * most; from < panels; from = pass.take() * most) {
        int count = Math.min(most, panels - from);
        product.multiply(
            x,
            x0,
            ldx,
            rows,
            weight,
            from,
            count,
            0,
            weight.inputs(),
            bias,
            0,
            0,
            y.data,
            0,
            y.stride);
        finish(pass.rowKernels(worker), rows, from, count, y, then, residual);
      }
    }
    pass.await(worker);
  }

  /// `x ← x + (W · h + bias)`: the end of both halves of a block. When somebody watches, the sum is
  /// done apart, after what is added has been shown.
  void addTo(int worker, Pass pass, Buffer h, Buffer x, int layer, String suffix) {
    Buffer y = pass.workspace().projected;
    Then then = pass.isObserved() ? Then.DONE : Then.ADD;
    forward(worker, pass, pass.rows(), h.data, 0, h.stride, y, then, x);
    if (pass.isObserved()) {
      pass.show(worker, layer, suffix, y);
      if (worker == 0) {
        finish(pass.rowKernels(worker), pass.rows(), 0, weight.panels(), y, Then.ADD, x);
      }
      pass.await(worker);
    }
  }

  private void finish(
      RowKernels kernels,
      int rows,
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
    for (int row = 0; row < rows; row++) {
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
