package dev.lockstep.backend.simd.network;

import dev.lockstep.backend.simd.tile.Matrix;
import dev.lockstep.backend.simd.tile.RowBlocks;
import dev.lockstep.backend.simd.tile.RowWindow;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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

  private final @Nullable RowBlocks interleaved;

  Buffer(int rows, int width) {
    this(rows, width, null);
  }

  /// @param interleaved memory for the same rows as an operand of products of many rows
  Buffer(int rows, int width, @Nullable RowBlocks interleaved) {
    this.interleaved = interleaved;
    this.width = width;
    stride = stride(width);
    data = new float[Math.multiplyExact(rows, stride)];
  }

  /// The same rows interleaved. In a pass that [Pass#interleaves], the code that writes rows also
  /// interleaves them.
  RowBlocks interleaved() {
    return Objects.requireNonNull(interleaved, "not an operand of products of many rows");
  }

  /// Interleaves one block.
  ///
  /// @param rows T
  /// @param window the worker's, to be moved
  void interleave(int block, int rows, RowWindow window) {
    RowBlocks blocks = interleaved();
    int at = blocks.firstRow(block) * stride;
    blocks.fill(block, 0, window.set(data, at, stride, blocks.rowsOf(block, rows)), width);
  }

  /// Copies a row over another.
  void moveRow(int from, int to) {
    System.arraycopy(data, from * stride, data, to * stride, width);
  }

  static int stride(int width) {
    return Matrix.padded(width) + PADDING;
  }
}
