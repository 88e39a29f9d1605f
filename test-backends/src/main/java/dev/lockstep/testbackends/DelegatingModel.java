package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.backend.naive.f32.Layers;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Stage 2 whose sessions are wrapped.
class DelegatingModel implements InferenceModel {
  private final InferenceModel right;
  private final UnaryOperator<InferenceSession> wrap;

  DelegatingModel(Gpt2Weights weights, UnaryOperator<InferenceSession> wrap) {
    right = new KvCacheModel(new Layers(weights));
    this.wrap = wrap;
  }

  @Override
  public Gpt2Config config() {
    return right.config();
  }

  @Override
  public InferenceSession newSession() {
    return wrap.apply(right.newSession());
  }

  @Override
  public Map<String, String> executionPath() {
    return right.executionPath();
  }

  @Override
  public void close() {
    right.close();
  }
}
