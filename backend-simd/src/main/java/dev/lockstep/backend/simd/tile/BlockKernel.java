package dev.lockstep.backend.simd.tile;

/// A tile of a product of many rows, which have been interleaved first ([RowBlocks]).
///
/// `C[r, j] = init[j] + Σ_{k < K} A[r, k] · B[k, j]` for the kernel's rows r, the columns j of its
/// neighbouring panels, and the K for which it was made. Order and error are those of [TileKernel].
public interface BlockKernel {

  /// @param a activations; element (r, k) is at `a0 + 8k + r`
  /// @param b where the panels are: a matrix of K rows
  /// @param bFrom where the first panel begins ([Matrix#at])
  /// @param init element j is at `i0 + j`
  /// @param c element (r, j) is at `c0 + r · ldc + j`
  void run(
      float[] a, int a0, Matrix b, long bFrom, float[] init, int i0, float[] c, int c0, int ldc);
}
