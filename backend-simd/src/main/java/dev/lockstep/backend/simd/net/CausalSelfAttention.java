package dev.lockstep.backend.simd.net;

import dev.lockstep.backend.simd.row.RowKernels;
import dev.lockstep.backend.simd.tile.Matrix;
import dev.lockstep.backend.simd.tile.MatrixProduct;

/// Multi-head causal self-attention, between `c_attn` and `c_proj`.
///
/// For every head and a query at position p: `score[s] = q · k[s]` for s = 0 … p,
/// `e[s] = exp((score[s] − max) / √hs)`, `y = (Σ_s e[s] · v[s]) · (1 / Σ_s e[s])`.
///
/// Shapes: `q`, `k`, `v` are the thirds of `c_attn [T, 3C]`, `y [T, C]`; head h owns channels
/// `h·hs … (h + 1)·hs − 1`. Both products are chains as [dev.lockstep.backend.simd.tile.TileKernel]
/// defines them, in ascending channels and ascending positions.
///
/// **Several rows at once.** Queries that follow each other see almost the same positions. The
/// scores of a block of rows are one product; what lies beyond a row's own position is not looked
/// at. The values that all rows of the block see are one product too, and each row then goes on
/// alone, along the same chain, over the few positions that only it and later ones see. So nothing
/// is multiplied by a masking zero, and a row has the same bits in a block of any size.
final class CausalSelfAttention {
  private final int layer;
  private final int heads;
  private final int headSize;
  private final float scale;
  private final float[] zeros;
  private final MatrixProduct product;

  /// @param zeros as many as there are positions, padded, or channels of a head, padded
  CausalSelfAttention(int layer, int heads, int headSize, float[] zeros, MatrixProduct product) {
    this.layer = layer;
    this.heads = heads;
    this.headSize = headSize;
    this.zeros = zeros;
    this.product = product;
    scale = (float) (1 / Math.sqrt(headSize));
  }

  /// Appends the keys and values of the rows to the cache.
  ///
  /// A single row's are read by the worker that wrote them, without a meeting. Many rows are taken
  /// in runs of positions that fill a panel of keys: all heads of a few rows, which lie together in
  /// memory.
  void append(int worker, Pass pass, Buffer qkv) {
    int from = pass.firstPosition();
    int to = from + pass.rows();
    if (pass.rows() == 1) {
      append(pass, qkv, pass.share(heads, worker), pass.share(heads, worker + 1), from, to);
      return;
    }
    int first = from / Matrix.PANEL;
    int panels = Matrix.panels(to) - first;
    for (int panel = pass.take(); panel < panels; panel = pass.take()) {
      int begin = (first + panel) * Matrix.PANEL;
      int end = Math.min(to, begin + Matrix.PANEL);
      append(pass, qkv, 0, heads, Math.max(from, begin), end);
    }
    pass.await(worker);
  }

  /// Lets every query look at the keys and values of its own and all earlier positions.
  void forward(int worker, Pass pass, Buffer qkv, Buffer y) {
    if (pass.rows() == 1) {
      int to = pass.share(heads, worker + 1);
      for (int head = pass.share(heads, worker); head < to; head++) {
        attend(worker, pass, qkv, head, 0, 1, y);
      }
    } else {
      int height = product.rowsPerTile(pass.rows());
      int blocks = Math.ceilDiv(pass.rows(), height);
      for (int i = pass.take(); i < heads * blocks; i = pass.take()) {
        int first = i % blocks * height;
        attend(worker, pass, qkv, i / blocks, first, Math.min(height, pass.rows() - first), y);
      }
    }
    pass.await(worker);
    pass.interleave(worker, y);
  }

  private void append(
      Pass pass, Buffer qkv, int headFrom, int headTo, int positionFrom, int positionTo) {
    int channels = heads * headSize;
    for (int head = headFrom; head < headTo; head++) {
      Matrix keys = pass.cache().keys(layer, head);
      Matrix values = pass.cache().values(layer, head);
      for (int position = positionFrom; position < positionTo; position++) {
        int row = position - pass.firstPosition();
        int key = row * qkv.stride + channels + head * headSize;
        keys.setColumn(position, qkv.data, key);
        values.setRow(position, qkv.data, key + channels);
      }
    }
  }

  private void attend(int worker, Pass pass, Buffer qkv, int head, int first, int rows, Buffer y) {
    RowKernels kernels = pass.rowKernels(worker);
    Buffer scores = pass.scores(worker);
    Buffer sums = pass.sums(worker);
    Matrix values = pass.cache().values(layer, head);
    int visible = pass.firstPosition() + first + 1;
    int query = first * qkv.stride + head * headSize;
    product.multiply(
        qkv.data,
        query,
        qkv.stride,
        rows,
        pass.cache().keys(layer, head),
        0,
        Matrix.panels(visible + rows - 1),
        0,
        headSize,
        zeros,
        0,
        0,
        scores.data,
        0,
        scores.stride);
    for (int row = 0; row < rows; row++) {
      int at = row * scores.stride;
      pass.denominators(worker)[row] = kernels.exponentials(scores.data, at, visible + row, scale);
    }
    product.multiply(
        scores.data,
        0,
        scores.stride,
        rows,
        values,
        0,
        values.panels(),
        0,
        visible,
        zeros,
        0,
        0,
        sums.data,
        0,
        sums.stride);
    for (int row = 0; row < rows; row++) {
      int at = row * sums.stride;
      if (row > 0) {
        product.multiply(
            scores.data,
            row * scores.stride + visible,
            0,
            1,
            values,
            0,
            values.panels(),
            visible,
            row,
            sums.data,
            at,
            0,
            sums.data,
            at,
            0);
      }
      float factor = 1 / pass.denominators(worker)[row];
      int target = (first + row) * y.stride + head * headSize;
      kernels.scale(sums.data, at, factor, y.data, target, headSize);
    }
  }
}
