package dev.lockstep.testbackends;

import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.Logits;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.TokenSink;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Stage 2 with bad manners. The option `after` says how many calls (prefills and decode steps, of
/// all sessions) go well before the first bad one.
public abstract class FaultyBackend extends TestBackend {
  private static final String AFTER = "after";

  protected FaultyBackend(String id, String description) {
    super(id, "bad manners: " + description);
  }

  @Override
  public final List<BackendOption> options() {
    return List.of(
        new BackendOption.IntegerOption(
            AFTER, 0, 0, Integer.MAX_VALUE, "calls that go well before the first bad one"));
  }

  /// What it does instead of, or before, giving the right answer; nothing, if its fault lies
  /// elsewhere.
  ///
  /// @return the logits to hand out
  protected float[] misbehave(float[] rightLogits) {
    return rightLogits;
  }

  /// What it does before it hands over a token of `generateGreedy`.
  protected void dawdle() {}

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    AtomicInteger calls = new AtomicInteger();
    int after = options.integer(AFTER);
    return new DelegatingModel(weights, right -> new FaultySession(right, calls, after));
  }

  private final class FaultySession extends DelegatingSession {
    private final AtomicInteger calls;
    private final int after;

    FaultySession(InferenceSession right, AtomicInteger calls, int after) {
      super(right);
      this.calls = calls;
      this.after = after;
    }

    private float[] spoil(float[] logits) {
      return calls.getAndIncrement() >= after ? misbehave(logits) : logits;
    }

    @Override
    public float[] forward(int... tokens) {
      return spoil(right.forward(tokens));
    }

    @Override
    public int forwardGreedy(int... tokens) {
      return Logits.argmax(forward(tokens));
    }

    @Override
    public void forwardAll(int[] tokens, LogitsConsumer each) {
      right.forwardAll(tokens, (position, logits) -> each.accept(position, spoil(logits)));
    }

    @Override
    public void generateGreedy(int[] prompt, int n, TokenSink sink) {
      int token = forwardGreedy(prompt);
      dawdle();
      sink.accept(token);
      for (int i = 1; i < n; i++) {
        token = forwardGreedy(token);
        dawdle();
        sink.accept(token);
      }
    }
  }
}
