package dev.lockstep.backend.kvcache;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.backend.naive.f32.ActivationTap;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A sequence that remembers the keys and values of its positions.
///
/// **Cost.** A token at position p costs `24 · L · C²` FLOPs for its one row, attention over p + 1
/// positions, and one row of `lm_head`: generating n tokens is O(n) in the weights and O(n²) in
/// attention.
final class KvCacheSession implements InferenceSession {
  private final KvCacheModel model;
  private final Gpt2 gpt2;
  private final KvCache cache;
  private int position;
  private @Nullable ActivationObserver observer;
  private boolean closed;

  KvCacheSession(KvCacheModel model, Gpt2 gpt2, KvCache cache) {
    this.model = model;
    this.gpt2 = gpt2;
    this.cache = cache;
  }

  @Override
  public Gpt2Config config() {
    return gpt2.config();
  }

  @Override
  public int position() {
    checkOpen();
    return position;
  }

  /// With many tokens this is the prefill: their rows go through every operation together, and a
  /// weight is read once for all of them. With one token it is a decode step.
  @Override
  public float[] forward(int... appended) {
    SessionChecks.tokens(config(), position(), appended);
    ActivationTap tap = new ActivationTap(observer, position, position);
    float[][] x = gpt2.hidden(appended, cache, position, tap);
    float[] logits = gpt2.logits(x[x.length - 1], position + x.length - 1, tap);
    position += x.length;
    return logits;
  }

  @Override
  public void forwardAll(int[] appended, LogitsConsumer each) {
    SessionChecks.tokens(config(), position(), appended);
    int first = position;
    ActivationTap tap = new ActivationTap(observer, first, first);
    float[][] x = gpt2.hidden(appended, cache, first, tap);
    position += x.length;
    for (int t = 0; t < x.length; t++) {
      each.accept(first + t, gpt2.logits(x[t], first + t, tap));
    }
  }

  @Override
  public void rewind(int position) {
    SessionChecks.rewind(position(), position);
    cache.rewind(position);
    this.position = position;
  }

  @Override
  public Set<String> observe(@Nullable ActivationObserver observer) {
    checkOpen();
    this.observer = observer;
    return new LinkedHashSet<>(Activations.all(config()));
  }

  private void checkOpen() {
    SessionChecks.open(closed, "session");
    model.checkOpen();
  }

  @Override
  public void close() {
    closed = true;
    cache.rewind(0);
    position = 0;
    observer = null;
  }
}
