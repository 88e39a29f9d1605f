package dev.lockstep.backend.simd.net;

import dev.lockstep.api.Activations;
import dev.lockstep.backend.simd.head.CertifiedArgmax;
import dev.lockstep.backend.simd.head.QuantisedRows;
import dev.lockstep.backend.simd.net.Linear.Then;
import dev.lockstep.backend.simd.row.RowKernels;
import org.jspecify.annotations.Nullable;

/// Final LayerNorm and output embedding, `logits[v] = Σ_c ln_f(x)[c] · W[c, v]`, for those rows
/// whose logits were asked for. Every chain starts from 0.
final class LmHead {
  private final LayerNorm lnF;
  private final Linear projection;
  private final @Nullable CertifiedArgmax certified;

  /// The greatest logit of each worker's share, -1 if it has none.
  private final int[] bestOfShare;

  private final float[] upperEnds;
  private final float[][] norms;

  /// @param certified finds the greatest logit without computing all, or null
  LmHead(
      LayerNorm lnF,
      Linear projection,
      @Nullable CertifiedArgmax certified,
      int channels,
      int workers) {
    this.lnF = lnF;
    this.projection = projection;
    this.certified = certified;
    bestOfShare = new int[workers];
    boolean none = certified == null;
    int panels = Math.ceilDiv(projection.outputs(), QuantisedRows.PANEL);
    upperEnds = new float[none ? 0 : panels * QuantisedRows.PANEL];
    norms = new float[workers][none ? 0 : QuantisedRows.blocks(channels)];
  }

  /// Writes the logits of the pass's last row, or of all rows, to `logits`.
  void forward(int worker, Pass pass, Buffer x, Logits asked, Buffer logits) {
    Buffer normalised = pass.workspace().normalised;
    boolean all = asked == Logits.ALL;
    int rows = all ? pass.rows() : 1;
    int h0 =
        all
            ? lnF.forward(worker, pass, x, normalised)
            : lnF.forwardRow(worker, pass, x, pass.rows() - 1, normalised);
    pass.show(worker, Activations.LN_F, normalised, rows);
    if (asked == Logits.GREATEST_OF_LAST) {
      findGreatest(worker, pass, normalised, h0, logits);
    } else {
      projection.forward(worker, pass, rows, normalised, h0, logits, Then.DONE, null);
      pass.show(worker, Activations.LM_HEAD, logits, rows);
    }
  }

  /// Finds the greatest logit; worker 0 returns last and leaves its id with the pass. When somebody
  /// watches, all logits are computed and shown.
  private void findGreatest(int worker, Pass pass, Buffer h, int h0, Buffer logits) {
    CertifiedArgmax scan = pass.isObserved() ? null : certified;
    RowKernels kernels = pass.rowKernels(worker);
    int workers = pass.workers();
    if (scan == null) {
      projection.forward(worker, pass, 1, h, h0, logits, Then.DONE, null);
      pass.show(worker, Activations.LM_HEAD, logits, 1);
      int from = pass.share(logits.width, worker);
      int length = pass.share(logits.width, worker + 1) - from;
      bestOfShare[worker] = length == 0 ? -1 : from + kernels.argmax(logits.data, from, length);
    } else {
      scan.scan(worker, workers, h.data, h0, norms[worker], upperEnds);
      pass.await(worker);
      bestOfShare[worker] = scan.best(worker, workers, kernels, h.data, h0, upperEnds, logits.data);
    }
    pass.await(worker);
    if (worker == 0) {
      pass.setGreatest(greatest(logits.data));
    }
  }

  private int greatest(float[] logits) {
    int best = -1;
    for (int id : bestOfShare) {
      if (id >= 0 && (best < 0 || RowKernels.wins(logits[id], logits[best]))) {
        best = id;
      }
    }
    return best;
  }
}
