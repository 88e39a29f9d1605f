package dev.lockstep.backend.simd;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.backend.simd.network.Decoder;
import dev.lockstep.backend.simd.network.Gpt2;
import dev.lockstep.backend.simd.network.KvCache;
import java.lang.foreign.Arena;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A sequence and its keys and values.
final class SimdSession implements InferenceSession {
  private final SimdModel model;
  private final Gpt2Config config;
  private final Arena arena = Arena.ofShared();
  private final Decoder decoder;
  private final float[] logits;

  private int position;
  private boolean closed;

  SimdSession(SimdModel model, Gpt2 gpt2, boolean packed) {
    this.model = model;
    config = gpt2.config();
    decoder = new Decoder(gpt2, new KvCache(config, packed, arena));
    logits = new float[config.vocabSize()];
  }

  @Override
  public Gpt2Config config() {
    return config;
  }

  @Override
  public int position() {
    checkOpen();
    return position;
  }

  @Override
  public float[] forward(int... tokens) {
    SessionChecks.tokens(config, position(), tokens);
    float[] padded = decoder.forward(tokens, position);
    position += tokens.length;
    System.arraycopy(padded, 0, logits, 0, logits.length);
    return logits;
  }

  @Override
  public int forwardGreedy(int... tokens) {
    SessionChecks.tokens(config, position(), tokens);
    int greatest = decoder.forwardGreedy(tokens, position);
    position += tokens.length;
    return greatest;
  }

  @Override
  public void forwardAll(int[] tokens, LogitsConsumer each) {
    SessionChecks.tokens(config, position(), tokens);
    decoder.forwardAll(
        tokens,
        position,
        (at, logitsThere) -> {
          position = at + 1;
          each.accept(at, logitsThere);
        });
  }

  @Override
  public void rewind(int position) {
    SessionChecks.rewind(position(), position);
    this.position = position;
  }

  @Override
  public Set<String> observe(@Nullable ActivationObserver observer) {
    checkOpen();
    decoder.observe(observer);
    return new LinkedHashSet<>(Activations.all(config));
  }

  private void checkOpen() {
    SessionChecks.open(closed, "session");
    model.checkOpen();
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      model.forget(this);
      arena.close();
    }
  }
}
