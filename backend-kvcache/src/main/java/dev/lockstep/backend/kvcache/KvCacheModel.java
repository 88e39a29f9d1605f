package dev.lockstep.backend.kvcache;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.backend.naive.f32.Layers;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// A checkpoint, ready to run: nothing is packed or copied but the vectors (gains and biases).
public class KvCacheModel implements InferenceModel {
  private final Gpt2 gpt2;
  private volatile boolean closed;

  public KvCacheModel(Layers layers) {
    gpt2 = new Gpt2(layers);
  }

  @Override
  public Gpt2Config config() {
    return gpt2.config();
  }

  @Override
  public InferenceSession newSession() {
    checkOpen();
    return new KvCacheSession(this, gpt2, newCache());
  }

  /// An empty cache for a new session.
  protected KvCache newCache() {
    return new KvCache(config().nLayer(), config().nPositions());
  }

  @Override
  public Map<String, String> executionPath() {
    Map<String, String> path = new LinkedHashMap<>();
    path.put("device", "cpu");
    path.put("threads", "1");
    path.put("precision", "f32");
    path.put("kv_cache", "f32");
    return Collections.unmodifiableMap(path);
  }

  final void checkOpen() {
    SessionChecks.open(closed, "model");
  }

  @Override
  public void close() {
    closed = true;
  }
}
