package dev.lockstep.backend.simd.network;

import dev.lockstep.api.Activations;
import dev.lockstep.backend.simd.head.CertifiedArgmax;
import dev.lockstep.backend.simd.network.Linear.Then;
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

  /// @param certified finds the greatest logit without computing all, or null
  LmHead(LayerNorm lnF, Linear projection, @Nullable CertifiedArgmax certified, int workers) {
    this.lnF = lnF;
    this.projection = projection;
    this.certified = certified;
    bestOfShare = new int[workers];
  }

  /// Writes the logits of the pass's last row, or of all rows, to `logits`.
  void forward(int worker, Pass pass, Buffer x, RequestedLogits asked, Buffer logits) {
    Buffer normalised = pass.workspace().normalised;
    boolean all = asked == RequestedLogits.ALL;
    int rows = all ? pass.rows() : 1;
    int h0 =
        all
            ? lnF.forward(worker, pass, x, normalised)
            : lnF.forwardRow(worker, pass, x, pass.rows() - 1, normalised);
    pass.show(worker, Activations.LN_F, normalised, rows);
    if (asked == RequestedLogits.GREATEST_OF_LAST) {
      findGreatest(worker, pass, normalised, h0, logits);
    } else {
      projection.forward(worker, pass, rows, normalised, h0, logits, Then.DONE);
      pass.show(worker, Activations.LM_HEAD, logits, rows);
    }
  }

  /// Finds the greatest logit; worker 0 returns last and leaves its id with the pass. In an
  /// observed session all logits are computed and shown.
  private void findGreatest(int worker, Pass pass, Buffer h, int h0, Buffer logits) {
    CertifiedArgmax scan = pass.isObserved() ? null : certified;
    Scratch own = pass.scratch(worker);
    if (scan == null) {
      projection.forward(worker, pass, 1, h, h0, logits, Then.DONE);
      pass.show(worker, Activations.LM_HEAD, logits, 1);
      int from = pass.share(logits.width, worker);
      int length = pass.share(logits.width, worker + 1) - from;
      bestOfShare[worker] =
          length == 0 ? -1 : from + own.rowKernels.argmax(logits.data, from, length);
    } else {
      own.a.setRow(h.data, h0);
      scan.scan(worker, own.a);
      pass.await(worker);
      bestOfShare[worker] = scan.best(worker, own.rowKernels, own.a, logits.data);
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
