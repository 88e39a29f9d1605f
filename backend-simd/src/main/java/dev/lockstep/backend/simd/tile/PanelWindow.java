package dev.lockstep.backend.simd.tile;

/// Some panels of a [Matrix], and some of its rows: the right-hand operand of a product.
///
/// A window is moved, not made anew: each thread keeps its own, so that a token allocates nothing.
public final class PanelWindow {
  private Matrix matrix = Matrix.EMPTY;
  private int panel;
  private int panels;
  private int k;
  private int depth;

  /// Moves the window to `panels` panels from `panel` on, and all rows.
  public PanelWindow set(Matrix matrix, int panel, int panels) {
    this.matrix = matrix;
    this.panel = panel;
    this.panels = panels;
    return setRows(0, matrix.inputs());
  }

  /// Moves the window to rows `k .. k + depth` of the same panels.
  public PanelWindow setRows(int k, int depth) {
    this.k = k;
    this.depth = depth;
    return this;
  }

  Matrix matrix() {
    return matrix;
  }

  /// How many panels.
  public int panels() {
    return panels;
  }

  int depth() {
    return depth;
  }

  /// Where the first row of the window's panel `i` begins.
  long at(int i) {
    return matrix.at(panel + i, k);
  }

  /// How many bytes a product reads of it.
  long byteSize() {
    return (long) panels * depth * Matrix.PANEL_BYTES;
  }

  /// The first column.
  public int column() {
    return panel * Matrix.PANEL;
  }

  /// How many columns there are, without the padding of the last panel.
  public int columns() {
    return Math.min(panels * Matrix.PANEL, matrix.outputs() - column());
  }
}
