package dev.lockstep.backend.simd.tile;

import dev.lockstep.api.Tensor;

/// Copies a checkpoint's matrices into the layout that the kernels read, a share at a time, so that
/// several threads can pack one matrix.
public final class MatrixPacker {
  private MatrixPacker() {}

  /// Share `share` of `shares` of a Conv1D matrix `[in, out]`: its rows are read in file order.
  public static void conv1d(Tensor tensor, Matrix target, int share, int shares) {
    int inputs = target.inputs();
    int outputs = target.outputs();
    int to = share(inputs, share + 1, shares);
    for (int k = share(inputs, share, shares); k < to; k++) {
      target.setRow(k, tensor.toArray((long) k * outputs, outputs), 0);
    }
  }

  /// Share `share` of `shares` of an embedding `[V, C]`, transposed to `[C, V]`: 16 rows of the
  /// file make a panel.
  public static void transposed(Tensor tensor, Matrix target, int share, int shares) {
    int inputs = target.inputs();
    int outputs = target.outputs();
    float[] panelRow = new float[Matrix.PANEL];
    int to = share(target.panels(), share + 1, shares);
    for (int panel = share(target.panels(), share, shares); panel < to; panel++) {
      int first = panel * Matrix.PANEL;
      int lanes = Math.min(Matrix.PANEL, outputs - first);
      float[] rows = tensor.toArray((long) first * inputs, lanes * inputs);
      for (int k = 0; k < inputs; k++) {
        for (int lane = 0; lane < lanes; lane++) {
          panelRow[lane] = rows[lane * inputs + k];
        }
        target.setPanelRow(panel, k, panelRow, 0);
      }
    }
  }

  private static int share(int n, int share, int shares) {
    return (int) ((long) n * share / shares);
  }
}
