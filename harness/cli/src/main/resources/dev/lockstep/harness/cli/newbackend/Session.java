package __package__;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.SessionChecks;
import java.util.Arrays;

/// A sequence of tokens. It keeps nothing but their ids; a cache of keys and values would go here.
final class __Name__Session implements InferenceSession {
  private final __Name__Model model;
  private int[] tokens = {};
  private boolean closed;

  __Name__Session(__Name__Model model) {
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
    int[] sequence = followedBy(appended);
    float[] logits = model.logits(sequence, 1)[0];
    tokens = sequence;
    return logits;
  }

  /// All in one pass. It could be left out, but then every token would compute what lies before it
  /// anew, and verification asks this most.
  @Override
  public void forwardAll(int[] appended, LogitsConsumer each) {
    SessionChecks.tokens(config(), position(), appended);
    int before = tokens.length;
    int[] sequence = followedBy(appended);
    float[][] logits = model.logits(sequence, appended.length);
    for (int i = 0; i < appended.length; i++) {
      tokens = Arrays.copyOf(sequence, before + i + 1);
      each.accept(before + i, logits[i]);
    }
  }

  private int[] followedBy(int[] appended) {
    int[] sequence = Arrays.copyOf(tokens, tokens.length + appended.length);
    System.arraycopy(appended, 0, sequence, tokens.length, appended.length);
    return sequence;
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
