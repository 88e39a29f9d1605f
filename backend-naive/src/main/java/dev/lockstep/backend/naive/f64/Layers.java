package dev.lockstep.backend.naive.f64;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;

/// Makes the operations of a network from a checkpoint, by Hugging Face's names.
///
/// It is the seam of this stage: to get the same network with one operation replaced, override one
/// method. A test plants a bug so; stage 2 replaces none.
public class Layers {
  private final Gpt2Weights weights;

  public Layers(Gpt2Weights weights) {
    this.weights = weights;
  }

  public final Gpt2Config config() {
    return weights.config();
  }

  public final Gpt2Weights weights() {
    return weights;
  }

  public Embedding embedding() {
    return new Embedding(weights.wte(), weights.wpe());
  }

  /// @param name for example `h.0.ln_1`
  public LayerNorm layerNorm(String name) {
    return new LayerNorm(
        weights.tensor(name + ".weight"),
        weights.tensor(name + ".bias"),
        config().layerNormEpsilon());
  }

  /// @param name for example `h.0.attn.c_attn`
  public Linear linear(String name) {
    return new Linear(weights.tensor(name + ".weight"), weights.tensor(name + ".bias"));
  }

  public CausalSelfAttention attention(int layer) {
    return new CausalSelfAttention(config().nHead(), config().headSize());
  }

  public Gelu gelu(int layer) {
    return new Gelu();
  }

  public LmHead lmHead() {
    return new LmHead(weights.lmHead());
  }
}
