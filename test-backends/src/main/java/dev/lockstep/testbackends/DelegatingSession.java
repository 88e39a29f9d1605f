package dev.lockstep.testbackends;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.TokenSink;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A session that does what another one does, until a method is overridden.
class DelegatingSession implements InferenceSession {
  protected final InferenceSession right;

  DelegatingSession(InferenceSession right) {
    this.right = right;
  }

  @Override
  public Gpt2Config config() {
    return right.config();
  }

  @Override
  public int position() {
    return right.position();
  }

  @Override
  public float[] forward(int... tokens) {
    return right.forward(tokens);
  }

  @Override
  public int forwardGreedy(int... tokens) {
    return right.forwardGreedy(tokens);
  }

  @Override
  public void generateGreedy(int[] prompt, int n, TokenSink sink) {
    right.generateGreedy(prompt, n, sink);
  }

  @Override
  public void forwardAll(int[] tokens, LogitsConsumer each) {
    right.forwardAll(tokens, each);
  }

  @Override
  public void rewind(int position) {
    right.rewind(position);
  }

  @Override
  public Set<String> observe(@Nullable ActivationObserver observer) {
    return right.observe(observer);
  }

  @Override
  public void close() {
    right.close();
  }
}
