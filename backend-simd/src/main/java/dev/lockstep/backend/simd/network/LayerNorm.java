package dev.lockstep.backend.simd.network;

import dev.lockstep.backend.simd.tile.RowBlocks;

/// Layer normalisation of every row; formula and order:
/// [dev.lockstep.backend.simd.row.RowKernels#layerNorm].
final class LayerNorm {
  private final float[] gain;
  private final float[] bias;
  private final double epsilon;

  LayerNorm(float[] gain, float[] bias, double epsilon) {
    this.gain = gain;
    this.bias = bias;
    this.epsilon = epsilon;
  }

  /// Normalises the rows of `x` into `y`.
  ///
  /// A single row is normalised by every worker into a row of `y` of its own, since that takes less
  /// time than meeting.
  ///
  /// @return where the worker finds row 0 of the result
  int forward(int worker, Pass pass, Buffer x, Buffer y) {
    if (pass.rows() == 1) {
      return forwardRow(worker, pass, x, 0, y);
    }
    if (pass.interleaves()) {
      forwardBlocks(worker, pass, x, y);
    } else {
      int to = pass.share(pass.rows(), worker + 1);
      for (int row = pass.share(pass.rows(), worker); row < to; row++) {
        normalise(worker, pass, x, row, y, row);
      }
    }
    pass.await(worker);
    return 0;
  }

  /// Interleaves rows while they are in the cache.
  private void forwardBlocks(int worker, Pass pass, Buffer x, Buffer y) {
    RowBlocks interleaved = y.interleaved();
    int blocks = interleaved.count(pass.rows());
    for (int block = pass.take(); block < blocks; block = pass.take()) {
      int first = interleaved.firstRow(block);
      int end = first + interleaved.rowsOf(block, pass.rows());
      for (int row = first; row < end; row++) {
        normalise(worker, pass, x, row, y, row);
      }
      y.interleave(block, pass.rows(), pass.scratch(worker).a);
    }
  }

  /// Normalises one row of `x` into the worker's own row of `y`, without a meeting.
  ///
  /// @return where that row begins
  int forwardRow(int worker, Pass pass, Buffer x, int row, Buffer y) {
    normalise(worker, pass, x, row, y, worker);
    return worker * y.stride;
  }

  private void normalise(int worker, Pass pass, Buffer x, int from, Buffer y, int to) {
    pass.scratch(worker)
        .rowKernels
        .layerNorm(x.data, from * x.stride, gain, bias, epsilon, y.data, to * y.stride, x.width);
  }
}
