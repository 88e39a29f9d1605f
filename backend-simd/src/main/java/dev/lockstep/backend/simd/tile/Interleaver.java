package dev.lockstep.backend.simd.tile;

/// Copies rows so that they alternate, as [RowBlocks] wants them.
interface Interleaver {

  /// Element c of row r goes to `toAt + 8c + r`. Where there are fewer than eight rows, the last
  /// one stands in for the others.
  ///
  /// @param from row r begins at `at + r · ld`
  /// @param rows 1 to 8
  /// @param columns of every row
  void run(float[] from, int at, int ld, int rows, float[] to, int toAt, int columns);
}
