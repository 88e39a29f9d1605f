package dev.lockstep.backend.simd.tile;

/// Some rows of a row-major array, as an operand of a product: its left-hand side, where its chains
/// start, or where they end. Element (r, j) is at `from + r · stride + j`.
///
/// A window is moved, not made anew: each thread keeps its own, so that a token allocates nothing.
public final class RowWindow {
  private float[] data = {};
  private int from;
  private int stride;
  private int rows;

  /// Moves the window.
  ///
  /// @param from index of element (0, 0)
  /// @param stride from a row to the next
  public RowWindow set(float[] data, int from, int stride, int rows) {
    this.data = data;
    this.from = from;
    this.stride = stride;
    this.rows = rows;
    return this;
  }

  /// Moves the window to one row. As the start of a product of several rows, it is that of each.
  public RowWindow setRow(float[] data, int from) {
    return set(data, from, 0, 1);
  }

  public float[] data() {
    return data;
  }

  /// The index of element (0, 0).
  public int from() {
    return from;
  }

  public int stride() {
    return stride;
  }

  public int rows() {
    return rows;
  }

  /// The index of a row's first element.
  public int at(int row) {
    return from + row * stride;
  }
}
