package dev.lockstep.testbackends.page;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.backend.naive.f32.Layers;
import java.util.Map;

/// What the page leaves to its reader: the computation. Here stage 2 does it.
final class MyModel implements InferenceModel {
  private final InferenceModel computation;
  private volatile boolean closed;

  MyModel(Gpt2Weights weights) {
    computation = new KvCacheModel(new Layers(weights));
  }

  /// The logits after a sequence that is computed from its start.
  float[] logits(int[] sequence) {
    try (InferenceSession session = computation.newSession()) {
      return session.forward(sequence);
    }
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public Gpt2Config config() {
    return computation.config();
  }

  @Override
  public InferenceSession newSession() {
    SessionChecks.open(closed, "model");
    return new MySession(this);
  }

  @Override
  public Map<String, String> executionPath() {
    return Map.of("device", "cpu", "threads", "1");
  }

  @Override
  public void close() {
    closed = true;
    computation.close();
  }
}
