package dev.lockstep.backend.simd.net;

import dev.lockstep.api.Activations;
import dev.lockstep.backend.simd.net.Linear.Then;

/// Final LayerNorm and output embedding, `logits[v] = Σ_c ln_f(x)[c] · W[c, v]`, for those rows
/// whose logits were asked for. Every chain starts from 0.
final class LmHead {
  private final LayerNorm lnF;
  private final Linear projection;

  LmHead(LayerNorm lnF, Linear projection) {
    this.lnF = lnF;
    this.projection = projection;
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
    projection.forward(
        worker, pass, rows, normalised.data, h0, normalised.stride, logits, Then.DONE, null);
    pass.show(worker, Activations.LM_HEAD, logits, rows);
  }
}
