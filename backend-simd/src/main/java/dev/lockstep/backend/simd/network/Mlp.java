package dev.lockstep.backend.simd.network;

import dev.lockstep.backend.simd.network.Linear.Then;

/// The feed-forward half of a block: `x ← x + c_proj(gelu(c_fc(h)))`, `[T, C] → [T, 4C] → [T, C]`.
///
/// GELU and the residual sum are done tile by tile. In an observed session they are done apart, so
/// that what lies between can be shown; that is the same arithmetic on every element.
final class Mlp {
  private final int layer;
  private final Linear fc;
  private final Linear proj;

  Mlp(int layer, Linear fc, Linear proj) {
    this.layer = layer;
    this.fc = fc;
    this.proj = proj;
  }

  void forward(int worker, Pass pass, Buffer h, int h0) {
    Buffer hidden = pass.workspace().hidden;
    boolean watched = pass.isObserved();
    fc.forward(worker, pass, pass.rows(), h, h0, hidden, watched ? Then.DONE : Then.GELU);
    if (watched) {
      pass.show(worker, layer, "mlp.c_fc", hidden);
      if (worker == 0) {
        for (int row = 0; row < pass.rows(); row++) {
          pass.scratch(worker).rowKernels.gelu(hidden.data, row * hidden.stride, hidden.width);
        }
      }
      pass.await(worker);
      pass.show(worker, layer, "mlp.act", hidden);
      pass.interleave(worker, hidden);
    }
    proj.addToStream(worker, pass, hidden, layer, "mlp.c_proj");
  }
}
