package dev.lockstep.oracle.f32;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.backend.naive.f32.ActivationTap;
import dev.lockstep.backend.naive.f32.Gpt2;
import dev.lockstep.backend.naive.f32.LayerNorm;
import java.util.Arrays;

/// The logits after given tokens (teacher forcing), many positions at a time.
public final class ForcedPass {
  private static final ActivationTap UNSEEN = new ActivationTap(null, 0, 0);

  private final Gpt2 gpt2;
  private final LayerNorm lnF;
  private final VectorLmHead lmHead;

  public ForcedPass(Gpt2Weights weights) {
    VectorLayers layers = new VectorLayers(weights);
    gpt2 = new Gpt2(layers);
    lnF = layers.layerNorm("ln_f");
    lmHead = layers.lmHead();
  }

  /// The residual stream after the last block.
  ///
  /// @return `[T, C]`
  public float[][] hidden(int[] tokens) {
    return gpt2.hidden(tokens, UNSEEN);
  }

  /// The logits after positions `from .. to`, from the rows of [#hidden].
  ///
  /// @return `[to − from, V]`
  public float[][] logits(float[][] x, int from, int to) {
    return lmHead.forward(lnF.forward(Arrays.copyOfRange(x, from, to)));
  }
}
