package dev.lockstep.backend.simd.tile;

/// A block of a matrix product, small enough for its accumulators to stay in registers.
///
/// `C[r, p, j] = init[r, p, j] + Σ_{k < depth} A[r, k] · B[k, p, j]` for the kernel's rows r, its
/// panels p and j = 0 … 15.
///
/// **Order.** Every element of `C` is one chain of fused multiply-adds in ascending k that starts
/// from `init`: `c ← fma(A[r, k], B[k, p, j], c)`, rounded once a step. No kernel, whatever its
/// shape, width or unrolling, adds in another order, and stopping after some k and going on from
/// the stored `C` rounds nothing that was not rounded before. That is why every option of this
/// backend, prefill and decode give the same bits.
///
/// **Error.** With u = 2⁻²⁴: `|Ĉ − C| ≤ γ(depth) · (|init| + Σ_k |A·B|)`, `γ(n) = n·u / (1 − n·u)`.
public interface TileKernel {

  /// @param a activations; row r begins at `a0 + r · lda`
  /// @param b where the panels are; panel p begins at `bFrom + p · bStep` ([Matrix#at])
  /// @param depth how many k
  /// @param init element (r, p, j) is at `i0 + r · ldi + p · cStep + j`
  /// @param c element (r, p, j) is at `c0 + r · ldc + p · cStep + j`
  void run(
      float[] a,
      int a0,
      int lda,
      Matrix b,
      long bFrom,
      long bStep,
      int depth,
      float[] init,
      int i0,
      int ldi,
      float[] c,
      int c0,
      int ldc,
      int cStep);
}
