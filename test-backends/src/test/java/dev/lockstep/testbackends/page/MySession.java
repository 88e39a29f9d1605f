package dev.lockstep.testbackends.page;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.SessionChecks;
import java.util.Arrays;

final class MySession implements InferenceSession {
  private final MyModel model;
  private int[] tokens = {};
  private boolean closed;

  MySession(MyModel model) {
    this.model = model;
  }

  @Override
  public Gpt2Config config() {
    return model.config();
  }

  @Override
  public int position() {
    SessionChecks.open(closed, "session");
    SessionChecks.open(model.isClosed(), "model");
    return tokens.length;
  }

  @Override
  public float[] forward(int... appended) {
    SessionChecks.tokens(config(), position(), appended);
    int[] sequence = Arrays.copyOf(tokens, tokens.length + appended.length);
    System.arraycopy(appended, 0, sequence, tokens.length, appended.length);
    float[] logits = model.logits(sequence);
    tokens = sequence;
    return logits;
  }

  @Override
  public void rewind(int position) {
    SessionChecks.rewind(position(), position);
    tokens = Arrays.copyOf(tokens, position);
  }

  @Override
  public void close() {
    closed = true;
  }
}
