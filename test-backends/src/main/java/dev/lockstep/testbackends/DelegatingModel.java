package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.backend.naive.f32.Layers;
import java.util.function.UnaryOperator;

/// Stage 2 whose sessions are wrapped.
class DelegatingModel extends KvCacheModel {
  private final UnaryOperator<InferenceSession> wrap;

  DelegatingModel(Gpt2Weights weights, UnaryOperator<InferenceSession> wrap) {
    super(new Layers(weights));
    this.wrap = wrap;
  }

  @Override
  public InferenceSession newSession() {
    return wrap.apply(super.newSession());
  }
}
