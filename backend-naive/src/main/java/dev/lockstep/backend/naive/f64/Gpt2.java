package dev.lockstep.backend.naive.f64;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;

/// GPT-2 (Radford et al. 2019): embedding, blocks, final LayerNorm, output embedding.
///
/// Immutable and without scratch memory of its own, so any number of sessions may share it.
public final class Gpt2 {
  private final Gpt2Config config;
  private final Embedding embedding;
  private final TransformerBlock[] blocks;
  private final LayerNorm lnF;
  private final LmHead lmHead;

  public Gpt2(Layers layers) {
    config = layers.config();
    embedding = layers.embedding();
    blocks = new TransformerBlock[config.nLayer()];
    for (int layer = 0; layer < blocks.length; layer++) {
      blocks[layer] = new TransformerBlock(layer, layers);
    }
    lnF = layers.layerNorm("ln_f");
    lmHead = layers.lmHead();
  }

  public Gpt2Config config() {
    return config;
  }

  /// The residual stream after the last block, for the whole sequence.
  ///
  /// @return `[T, C]`
  public double[][] hidden(int[] tokens, ActivationTap tap) {
    double[][] x = embedding.forward(tokens, 0);
    tap.show(Activations.EMBEDDING, x);
    for (TransformerBlock block : blocks) {
      x = block.forward(x, tap);
    }
    return x;
  }

  /// The logits after one position, from its row of [#hidden].
  ///
  /// @return `[V]`
  public double[] logits(double[] x, int position, ActivationTap tap) {
    double[] normalised = lnF.forward(new double[][] {x})[0];
    tap.show(Activations.LN_F, position, normalised);
    double[] logits = lmHead.forward(normalised);
    tap.show(Activations.LM_HEAD, position, logits);
    return logits;
  }
}
