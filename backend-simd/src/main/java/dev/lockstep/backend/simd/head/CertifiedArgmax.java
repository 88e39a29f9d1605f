package dev.lockstep.backend.simd.head;

import dev.lockstep.backend.simd.row.RowKernels;
import dev.lockstep.backend.simd.tile.Matrix;
import dev.lockstep.backend.simd.tile.MatrixProduct;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/// The id of the greatest logit, proven, from a quarter of the bytes.
///
/// 1. Scan the 8-bit copy: every row's logit lies in an interval ([QuantisedRows] says why).
/// 2. The greatest lower end is a logit that some row reaches at least; a row whose upper end is
///    below it cannot be the greatest, nor tie with it.
/// 3. Compute the logits of the panels in which a row is left, by the chain of the full product, so
///    to the same bits, and take the greatest of those.
///
/// Anything that is not a number in step 1 leaves all rows in. When many panels are left, a worker
/// computes its whole share in full: the answer is the same, only the gain is lost.
public final class CertifiedArgmax {
  /// A worker with more candidates than this part of its panels computes them all: reading them one
  /// by one is no faster then.
  private static final int FULL_FROM_ONE_IN = 8;

  private final QuantisedRows quantised;
  private final Matrix weight;
  private final MatrixProduct product;
  private final ScanKernel kernel;
  private final float[] zeros;
  private final float[] bounds;
  private final float[] lowerEnds;
  private final LongAdder scans = new LongAdder();
  private final LongAdder candidates = new LongAdder();
  private final LongAdder fullShares = new LongAdder();

  /// @param weight lm_head in full, `[C, V]`
  /// @param zeros at least V, padded
  /// @param workers members of the team that calls
  public CertifiedArgmax(
      QuantisedRows quantised,
      Matrix weight,
      MatrixProduct product,
      int vectorBits,
      float[] zeros,
      int workers) {
    this.quantised = quantised;
    this.weight = weight;
    this.product = product;
    this.zeros = zeros;
    kernel = ScanKernel.create(vectorBits);
    bounds = new float[quantised.panels() * QuantisedRows.PANEL];
    lowerEnds = new float[workers];
  }

  /// Step 1 for a worker's share of panels. All workers must have returned before [#best].
  ///
  /// @param x the normalised row, at `x0`
  /// @param norms scratch, as many as there are blocks
  /// @param upperEnds receives the upper ends; padded to whole panels of 64
  public void scan(int worker, int workers, float[] x, int x0, float[] norms, float[] upperEnds) {
    int from = share(worker, workers);
    int to = share(worker + 1, workers);
    int firstRow = from * QuantisedRows.PANEL;
    int rows = Math.min(to * QuantisedRows.PANEL, quantised.rows()) - firstRow;
    lowerEnds[worker] = Float.NEGATIVE_INFINITY;
    if (rows <= 0) {
      return;
    }
    blockNorms(x, x0, norms);
    Matrix errors = quantised.errors();
    product.multiplyStreams(
        norms,
        0,
        0,
        1,
        errors,
        firstRow / Matrix.PANEL,
        Matrix.panels(rows),
        errors.inputs(),
        zeros,
        0,
        bounds,
        0,
        0);
    int pairs = (to - from + 1) / 2;
    for (int first = from; first < from + pairs; first++) {
      int second = Math.min(first + pairs, to - 1);
      kernel.scan(
          x,
          x0,
          quantised.channels(),
          quantised.panel(first),
          quantised.panel(second),
          upperEnds,
          first * QuantisedRows.PANEL,
          second * QuantisedRows.PANEL);
    }
    lowerEnds[worker] = kernel.intervals(upperEnds, quantised.scales(), bounds, firstRow, rows);
  }

  private int share(int worker, int workers) {
    return (int) ((long) quantised.panels() * worker / workers);
  }

  /// `‖x_b‖`, rounded up.
  private void blockNorms(float[] x, int x0, float[] norms) {
    for (int block = 0; block < norms.length; block++) {
      double squares = 0;
      int end = Math.min(quantised.channels(), (block + 1) * QuantisedRows.BLOCK);
      for (int c = block * QuantisedRows.BLOCK; c < end; c++) {
        squares += (double) x[x0 + c] * x[x0 + c];
      }
      norms[block] = Math.nextUp((float) (Math.sqrt(squares) * (1 + 0x1p-40)));
    }
  }

  /// Steps 2 and 3 for a worker's share.
  ///
  /// @param logits receives the logits of the candidates' panels
  /// @return the id of the greatest logit of the share, -1 if no row of it can be the greatest
  public int best(
      int worker,
      int workers,
      RowKernels rowKernels,
      float[] x,
      int x0,
      float[] upperEnds,
      float[] logits) {
    int firstRow = share(worker, workers) * QuantisedRows.PANEL;
    int endRow = Math.min(share(worker + 1, workers) * QuantisedRows.PANEL, quantised.rows());
    float threshold = Float.NEGATIVE_INFINITY;
    for (float lowerEnd : lowerEnds) {
      threshold = Math.max(threshold, lowerEnd);
    }
    int left = 0;
    int panels = Matrix.panels(endRow - firstRow);
    for (int row = firstRow; row < endRow; row += Matrix.PANEL) {
      left += isCandidate(upperEnds, row, endRow, threshold) ? 1 : 0;
    }
    count(worker, left);
    if (left > panels / FULL_FROM_ONE_IN) {
      fullShares.increment();
      int firstPanel = firstRow / Matrix.PANEL;
      product.multiplyStreams(
          x, x0, 0, 1, weight, firstPanel, panels, weight.inputs(), zeros, 0, logits, 0, 0);
      return firstRow + rowKernels.argmax(logits, firstRow, endRow - firstRow);
    }
    return bestCandidate(rowKernels, x, x0, upperEnds, logits, firstRow, endRow, threshold);
  }

  private int bestCandidate(
      RowKernels rowKernels,
      float[] x,
      int x0,
      float[] upperEnds,
      float[] logits,
      int firstRow,
      int endRow,
      float threshold) {
    int best = -1;
    for (int row = firstRow; row < endRow; row += Matrix.PANEL) {
      if (isCandidate(upperEnds, row, endRow, threshold)) {
        product.multiplyStreams(
            x, x0, 0, 1, weight, row / Matrix.PANEL, 1, weight.inputs(), zeros, 0, logits, 0, 0);
        int id = row + rowKernels.argmax(logits, row, Math.min(Matrix.PANEL, endRow - row));
        if (best < 0 || RowKernels.wins(logits[id], logits[best])) {
          best = id;
        }
      }
    }
    return best;
  }

  /// Whether a row of the panel at `row` may be the greatest. Written so that NaN says yes.
  private static boolean isCandidate(float[] upperEnds, int row, int endRow, float threshold) {
    boolean out = true;
    for (int i = row; i < Math.min(row + Matrix.PANEL, endRow); i++) {
      out &= upperEnds[i] < threshold;
    }
    return !out;
  }

  private void count(int worker, int left) {
    if (worker == 0) {
      scans.increment();
    }
    candidates.add(left);
  }

  /// What the scans have come to, for people.
  public String statistics() {
    long done = scans.sum();
    return done == 0
        ? "not used yet"
        : String.format(
            Locale.ROOT,
            "%.1f of %d panels rescored a token, %d shares in full",
            (double) candidates.sum() / done,
            weight.panels(),
            fullShares.sum());
  }
}
