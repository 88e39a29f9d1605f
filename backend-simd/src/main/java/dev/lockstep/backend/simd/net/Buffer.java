package dev.lockstep.backend.simd.net;

import dev.lockstep.backend.simd.tile.Matrix;

/// Rows of activations, `[T, width]`, row-major with padding at the end of every row.
///
/// The padding is for whole panels, and 16 floats more: without them the rows of a 3072-wide layer
/// would lie 12 KiB apart, and the same column of several rows would compete for one set of the L1
/// cache.
final class Buffer {
  private static final int PADDING = 16;

  final float[] data;

  /// From a row to the next.
  final int stride;

  /// The part of a row that means something.
  final int width;

  Buffer(int rows, int width) {
    this.width = width;
    stride = stride(width);
    data = new float[Math.multiplyExact(rows, stride)];
  }

  /// Copies a row over another.
  void moveRow(int from, int to) {
    System.arraycopy(data, from * stride, data, to * stride, width);
  }

  static int stride(int width) {
    return Matrix.padded(width) + PADDING;
  }
}
