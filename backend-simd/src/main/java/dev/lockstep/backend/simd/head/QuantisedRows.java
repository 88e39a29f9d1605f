package dev.lockstep.backend.simd.head;

import dev.lockstep.api.Tensor;
import dev.lockstep.backend.simd.memory.OffHeap;
import dev.lockstep.backend.simd.tile.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// An 8-bit copy of lm_head, and how far from the original it can lead.
///
/// Row w of `[V, C]` becomes `q = round(w / s)`, whole numbers in ±127, with the row's own scale
/// `s = max |w| / 127`. The bytes lie in panels of 64 rows, `[V / 64, C, 64]`: one step of c is one
/// cache line.
///
/// **Bound.** Cut the C channels into blocks of 64 and let d = w − s·q. For the logit L that the
/// fp32 chain gives and the estimate A = s · (chain of q·x), by the triangle inequality, the error
/// bound of a chain of fused steps and Cauchy–Schwarz in every block,
///
/// `|L − A| ≤ Σ_b ‖x_b‖ · e_b`, `e_b = ‖d_b‖ + γ(C)·‖w_b‖ + γ(C + 1)·(‖w_b‖ + ‖d_b‖)`,
///
/// plus what underflow can add. The `e_b` are kept, rounded up, as a matrix `[C / 64, V]`, so that
/// all bounds are one small product. Blocks, because real models have a few channels that dwarf the
/// rest, and one norm over all channels would let those multiply every row's error. The proof is in
/// docs/stages/3-simd-head.md.
public final class QuantisedRows {
  /// Rows of a panel.
  public static final int PANEL = 64;

  static final int BLOCK = 64;
  private static final int LARGEST = 127;

  /// 2⁻²⁴
  private static final double UNIT_ROUNDOFF = 0x1p-24;

  /// A row with a greater scale is never estimated: its underflow would not be below
  /// [ScalarScan#UNDERFLOW].
  private static final float LARGEST_SCALE = 1e9f;

  private final int rows;
  private final int channels;
  private final long address;
  private final float[] scales;
  private final Matrix errors;

  /// @param packed the layout of `errors`, which must be the one that the product's kernels read
  /// @param arena owns the copy
  public QuantisedRows(int rows, int channels, boolean packed, Arena arena) {
    this.rows = rows;
    this.channels = channels;
    scales = new float[panels() * PANEL];
    int blocks = blocks(channels);
    long quantisedBytes = (long) panels() * channels * PANEL;
    address = OffHeap.allocate(quantisedBytes, arena).address();
    errors =
        packed
            ? Matrix.packed(
                OffHeap.allocate(Matrix.packedBytes(blocks, rows), arena).address(), blocks, rows)
            : Matrix.plain(blocks, rows);
  }

  /// Bytes of such a copy.
  public static long bytes(int rows, int channels) {
    return (long) Math.ceilDiv(rows, PANEL) * PANEL * (channels + Float.BYTES)
        + Matrix.packedBytes(blocks(channels), rows);
  }

  /// How many blocks of channels have a norm of their own.
  public static int blocks(int channels) {
    return Math.ceilDiv(channels, BLOCK);
  }

  int rows() {
    return rows;
  }

  int channels() {
    return channels;
  }

  public int panels() {
    return Math.ceilDiv(rows, PANEL);
  }

  /// The address of a panel's bytes.
  long panel(int panel) {
    return address + (long) panel * channels * PANEL;
  }

  float[] scales() {
    return scales;
  }

  /// `e_b` of every row, `[blocks, V]`.
  Matrix errors() {
    return errors;
  }

  /// Quantises share `share` of `shares` of the rows.
  public void quantise(Tensor weights, int share, int shares) {
    float[] blockErrors = new float[errors.inputs()];
    int to = (int) ((long) rows * (share + 1) / shares);
    for (int row = (int) ((long) rows * share / shares); row < to; row++) {
      quantiseRow(row, weights.toArray((long) row * channels, channels), blockErrors);
      errors.setColumn(row, blockErrors, 0);
    }
  }

  private void quantiseRow(int row, float[] weights, float[] blockErrors) {
    float largest = 0;
    for (float weight : weights) {
      largest = Math.max(largest, Math.abs(weight));
    }
    float scale = largest / LARGEST;
    boolean usable = scale <= LARGEST_SCALE;
    scales[row] = usable ? scale : 0;
    MemorySegment memory = OffHeap.EVERYTHING;
    long at = panel(row / PANEL) + row % PANEL;
    for (int block = 0; block < blockErrors.length; block++) {
      double weightSquares = 0;
      double errorSquares = 0;
      int end = Math.min(channels, (block + 1) * BLOCK);
      for (int c = block * BLOCK; c < end; c++) {
        byte quantised = usable && scale > 0 ? quantised(weights[c], scale) : 0;
        memory.set(ValueLayout.JAVA_BYTE, at + (long) c * PANEL, quantised);
        double weight = weights[c];
        double error = weight - (double) scale * quantised;
        weightSquares += weight * weight;
        errorSquares += error * error;
      }
      blockErrors[block] =
          usable
              ? error(Math.sqrt(weightSquares), Math.sqrt(errorSquares))
              : Float.POSITIVE_INFINITY;
    }
  }

  private static byte quantised(float weight, float scale) {
    return (byte) Math.clamp(Math.round(weight / scale), -LARGEST, LARGEST);
  }

  /// `e_b` from two norms, rounded up by more than all roundings on the way can have cost: those of
  /// the norms, and of the product that will sum the blocks.
  private float error(double weightNorm, double errorNorm) {
    double sum = errorNorm + gamma(channels) * weightNorm;
    sum += gamma(channels + 1) * (weightNorm + errorNorm);
    double outwards = 1 + (blocks(channels) + 8) * 2 * UNIT_ROUNDOFF;
    return Math.nextUp((float) (sum * outwards));
  }

  /// `γ(n) = n·u / (1 − n·u)`
  private static double gamma(int n) {
    return n * UNIT_ROUNDOFF / (1 - n * UNIT_ROUNDOFF);
  }
}
