package dev.lockstep.backend.simd.head;

import dev.lockstep.backend.simd.row.RowKernels;
import dev.lockstep.backend.simd.tile.Matrix;
import dev.lockstep.backend.simd.tile.MatrixProduct;
import dev.lockstep.backend.simd.tile.PanelWindow;
import dev.lockstep.backend.simd.tile.RowWindow;
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
/// NaN in step 1 leaves all rows in. When many panels are left, a worker computes its whole share
/// in full: the answer is the same, only the gain is lost.
public final class CertifiedArgmax {
  /// A worker with more candidates than this part of its panels computes them all: reading them one
  /// by one is no faster then.
  private static final int FULL_FROM_ONE_IN = 8;

  private final QuantisedRows quantised;
  private final Matrix weight;
  private final MatrixProduct product;
  private final ScanKernel kernel;
  private final RowWindow zeros = new RowWindow();
  private final float[] bounds;
  private final float[] upperEnds;
  private final Share[] shares;
  private final LongAdder scans = new LongAdder();
  private final LongAdder candidates = new LongAdder();
  private final LongAdder fullShares = new LongAdder();

  /// A worker's share of the rows: whole panels of the 8-bit copy.
  private static final class Share {
    final int firstPanel;
    final int endPanel;
    final int firstRow;
    final int endRow;

    /// `‖x_b‖` of every block.
    final float[] norms;

    /// The operands of the product that the worker is about to compute.
    final RowWindow a = new RowWindow();

    final PanelWindow b = new PanelWindow();
    final RowWindow c = new RowWindow();

    /// The greatest lower end of the share.
    float lowerEnd = Float.NEGATIVE_INFINITY;

    Share(QuantisedRows rows, int worker, int workers) {
      firstPanel = (int) ((long) rows.panels() * worker / workers);
      endPanel = (int) ((long) rows.panels() * (worker + 1) / workers);
      firstRow = firstPanel * QuantisedRows.PANEL;
      endRow = Math.min(endPanel * QuantisedRows.PANEL, rows.rows());
      norms = new float[QuantisedRows.blocks(rows.channels())];
    }
  }

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
    this.zeros.setRow(zeros, 0);
    kernel = ScanKernel.create(vectorBits);
    bounds = new float[quantised.panels() * QuantisedRows.PANEL];
    upperEnds = new float[bounds.length];
    shares = new Share[workers];
    for (int worker = 0; worker < workers; worker++) {
      shares[worker] = new Share(quantised, worker, workers);
    }
  }

  /// Step 1 for a worker's share of panels. All workers must have returned before [#best].
  ///
  /// @param x the normalised row
  public void scan(int worker, RowWindow x) {
    Share share = shares[worker];
    int rows = share.endRow - share.firstRow;
    share.lowerEnd = Float.NEGATIVE_INFINITY;
    if (rows <= 0) {
      return;
    }
    blockNorms(x, share.norms);
    share.a.setRow(share.norms, 0);
    share.b.set(quantised.errors(), share.firstRow / Matrix.PANEL, Matrix.panels(rows));
    share.c.setRow(bounds, share.firstRow);
    product.multiplyStreams(share.a, share.b, zeros, share.c);
    int pairs = (share.endPanel - share.firstPanel + 1) / 2;
    for (int first = share.firstPanel; first < share.firstPanel + pairs; first++) {
      int second = Math.min(first + pairs, share.endPanel - 1);
      kernel.scan(
          x.data(),
          x.from(),
          quantised.channels(),
          quantised.panel(first),
          quantised.panel(second),
          upperEnds,
          first * QuantisedRows.PANEL,
          second * QuantisedRows.PANEL);
    }
    share.lowerEnd = kernel.intervals(upperEnds, quantised.scales(), bounds, share.firstRow, rows);
  }

  /// The upper ends of the last scan.
  float[] upperEnds() {
    return upperEnds;
  }

  /// `‖x_b‖`, rounded up.
  private void blockNorms(RowWindow x, float[] norms) {
    float[] row = x.data();
    for (int block = 0; block < norms.length; block++) {
      double squares = 0;
      int end = Math.min(quantised.channels(), (block + 1) * QuantisedRows.BLOCK);
      for (int c = block * QuantisedRows.BLOCK; c < end; c++) {
        float channel = row[x.from() + c];
        squares += (double) channel * channel;
      }
      norms[block] = Math.nextUp((float) (Math.sqrt(squares) * (1 + 0x1p-40)));
    }
  }

  /// Steps 2 and 3 for a worker's share.
  ///
  /// @param x the normalised row
  /// @param logits receives the logits of the candidates' panels
  /// @return the id of the greatest logit of the share, -1 if no row of it can be the greatest
  public int best(int worker, RowKernels rowKernels, RowWindow x, float[] logits) {
    Share share = shares[worker];
    float threshold = Float.NEGATIVE_INFINITY;
    for (Share any : shares) {
      threshold = Math.max(threshold, any.lowerEnd);
    }
    int left = 0;
    int panels = Matrix.panels(share.endRow - share.firstRow);
    for (int row = share.firstRow; row < share.endRow; row += Matrix.PANEL) {
      left += isCandidate(row, share.endRow, threshold) ? 1 : 0;
    }
    count(worker, left);
    if (left > panels / FULL_FROM_ONE_IN) {
      fullShares.increment();
      return bestOf(share.firstRow, share.endRow, share, rowKernels, x, logits);
    }
    int best = -1;
    for (int row = share.firstRow; row < share.endRow; row += Matrix.PANEL) {
      if (isCandidate(row, share.endRow, threshold)) {
        int end = Math.min(row + Matrix.PANEL, share.endRow);
        int id = bestOf(row, end, share, rowKernels, x, logits);
        if (best < 0 || RowKernels.wins(logits[id], logits[best])) {
          best = id;
        }
      }
    }
    return best;
  }

  /// Computes the logits of some rows, from a panel's first on, and finds the greatest.
  private int bestOf(
      int row, int endRow, Share share, RowKernels rowKernels, RowWindow x, float[] logits) {
    share.b.set(weight, row / Matrix.PANEL, Matrix.panels(endRow - row));
    share.c.setRow(logits, row);
    product.multiplyStreams(x, share.b, zeros, share.c);
    return row + rowKernels.argmax(logits, row, endRow - row);
  }

  /// Whether a row of the panel at `row` may be the greatest. Written so that NaN says yes.
  private boolean isCandidate(int row, int endRow, float threshold) {
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
