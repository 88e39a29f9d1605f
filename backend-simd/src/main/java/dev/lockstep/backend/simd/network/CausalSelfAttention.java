package dev.lockstep.backend.simd.network;

import dev.lockstep.backend.simd.tile.Matrix;
import dev.lockstep.backend.simd.tile.MatrixProduct;
import dev.lockstep.backend.simd.tile.RowWindow;

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
/// scores of a block of rows are one product; scores beyond a row's own position are not read. The
/// values that all rows of the block see are one product too. Each row then goes on alone, along
/// the same chain, over the few positions that only it and later rows see. So nothing is multiplied
/// by a masking zero, and a row has the same bits in a block of any size.
final class CausalSelfAttention {
  private final int layer;
  private final int heads;
  private final int headSize;
  private final float scale;
  private final float[] zeros;
  private final MatrixProduct product;

  /// @param zeros at least as many as positions, and as channels of a head, both padded
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
  /// A worker reads its part of a single row's where it wrote it, without a meeting. Many rows are
  /// taken in runs of positions that fill a panel of keys: all heads of a few rows, which lie
  /// together in memory.
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
    Scratch own = pass.scratch(worker);
    if (pass.rows() == 1) {
      int to = pass.share(heads, worker + 1);
      for (int head = pass.share(heads, worker); head < to; head++) {
        setToHead(own.queries, qkv, head, 0, 1);
        setToHead(own.outputs, y, head, 0, 1);
        attend(pass, own, head, pass.firstPosition() + 1);
      }
    } else {
      int height = product.rowsPerTile(pass.rows());
      int blocks = Math.ceilDiv(pass.rows(), height);
      for (int i = pass.take(); i < heads * blocks; i = pass.take()) {
        int head = i / blocks;
        int first = i % blocks * height;
        int rows = Math.min(height, pass.rows() - first);
        setToHead(own.queries, qkv, head, first, rows);
        setToHead(own.outputs, y, head, first, rows);
        attend(pass, own, head, pass.firstPosition() + first + 1);
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

  /// Moves a window to the channels of one head.
  private void setToHead(RowWindow window, Buffer buffer, int head, int first, int rows) {
    window.set(buffer.data, first * buffer.stride + head * headSize, buffer.stride, rows);
  }

  /// One head of `own.queries`, which follow each other, to `own.outputs`.
  ///
  /// @param visible positions that the first query sees; each later one sees one more
  private void attend(Pass pass, Scratch own, int head, int visible) {
    RowWindow y = own.outputs;
    int rows = own.queries.rows();
    Matrix keys = pass.cache().keys(layer, head);
    Matrix values = pass.cache().values(layer, head);
    Buffer scores = own.scores;
    Buffer sums = own.sums;
    own.b.set(keys, 0, Matrix.panels(visible + rows - 1));
    own.init.setRow(zeros, 0);
    own.c.set(scores.data, 0, scores.stride, rows);
    product.multiply(own.queries, own.b, own.init, own.c);
    for (int row = 0; row < rows; row++) {
      int at = row * scores.stride;
      own.denominators[row] = own.rowKernels.exponentials(scores.data, at, visible + row, scale);
    }
    own.a.set(scores.data, 0, scores.stride, rows);
    own.b.set(values, 0, values.panels()).setRows(0, visible);
    own.c.set(sums.data, 0, sums.stride, rows);
    product.multiply(own.a, own.b, own.init, own.c);
    for (int row = 0; row < rows; row++) {
      int at = row * sums.stride;
      if (row > 0) {
        own.a.setRow(scores.data, row * scores.stride + visible);
        own.b.setRows(visible, row);
        own.c.setRow(sums.data, at);
        product.multiply(own.a, own.b, own.c, own.c);
      }
      float factor = 1 / own.denominators[row];
      own.rowKernels.scale(sums.data, at, factor, y.data(), y.at(row), headSize);
    }
  }
}
