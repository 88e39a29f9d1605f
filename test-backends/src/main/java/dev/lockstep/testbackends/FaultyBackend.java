package dev.lockstep.testbackends;

import dev.lockstep.api.Backend;
import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.Logits;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import dev.lockstep.api.TokenSink;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Stage 2 with bad manners. The option `after` says how many calls (prefills and decode steps, of
/// all sessions) go well before the first bad one.
public abstract class FaultyBackend implements Backend {
  private static final String AFTER = "after";

  private final String id;
  private final String description;

  protected FaultyBackend(String id, String description) {
    this.id = id;
    this.description = description;
  }

  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public final String id() {
    return id;
  }

  @Override
  public final String description() {
    return "bad manners: " + description;
  }

  @Override
  public final List<BackendOption> options() {
    return List.of(
        new BackendOption.IntegerOption(
            AFTER, 0, 0, Integer.MAX_VALUE, "calls that go well before the first bad one"));
  }

  /// What it does instead of, or before, giving the right answer.
  ///
  /// @return the logits to hand out
  protected abstract float[] misbehave(float[] rightLogits);

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
      sink.accept(token);
      for (int i = 1; i < n; i++) {
        token = forwardGreedy(token);
        sink.accept(token);
      }
    }
  }
}
