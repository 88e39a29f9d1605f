package dev.lockstep.oracle.f64;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.backend.naive.f64.CausalSelfAttention;
import dev.lockstep.backend.naive.f64.Gelu;
import dev.lockstep.backend.naive.f64.Layers;
import dev.lockstep.backend.naive.f64.Linear;

/// The naive backend's operations, with those replaced that cost time.
public final class VectorLayers extends Layers {
  public VectorLayers(Gpt2Weights weights) {
    super(weights);
  }

  @Override
  public Linear linear(String name) {
    return new VectorLinear(weights().tensor(name + ".weight"), weights().tensor(name + ".bias"));
  }

  @Override
  public CausalSelfAttention attention(int layer) {
    return new VectorAttention(config().nHead(), config().headSize());
  }

  @Override
  public Gelu gelu(int layer) {
    return new ParallelGelu();
  }

  @Override
  public VectorLmHead lmHead() {
    return new VectorLmHead(weights().lmHead());
  }
}
