package dev.lockstep.testbackends;

import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.api.TokenSink;
import dev.lockstep.backend.kvcache.KvCacheBackend;
import java.util.List;

/// Stage 2 at a pace of its own: the option `slower` says by how many per cent every pass takes
/// longer, spent spinning. The answers are right. What it measures is the harness: whether a
/// difference that is known to be there is found, and one that is not there is not.
public final class PacedBackend extends TestBackend {
  private static final String SLOWER = "slower";
  private static final KvCacheBackend STAGE_2 = new KvCacheBackend();

  public PacedBackend() {
    super("paced", "right, and slower by as much as is asked for");
  }

  @Override
  public List<BackendOption> options() {
    return List.of(
        new BackendOption.IntegerOption(
            SLOWER, 0, 0, 100, "by how many per cent every pass takes longer"));
  }

  @Override
  public long privateBytes(Gpt2Config config, OptionValues options) {
    return STAGE_2.privateBytes(config, OptionValues.defaults(STAGE_2.options()));
  }

  @Override
  public long heapBytes(Gpt2Config config, OptionValues options) {
    return privateBytes(config, options);
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    double slower = options.integer(SLOWER) / 100.0;
    return new DelegatingModel(weights, right -> new PacedSession(right, slower));
  }

  private static final class PacedSession extends DelegatingSession {
    private final double slower;

    PacedSession(InferenceSession right, double slower) {
      super(right);
      this.slower = slower;
    }

    private void spin(long since) {
      long now = System.nanoTime();
      long until = now + Math.round(slower * (now - since));
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }
    }

    @Override
    public float[] forward(int... tokens) {
      long start = System.nanoTime();
      float[] logits = right.forward(tokens);
      spin(start);
      return logits;
    }

    @Override
    public int forwardGreedy(int... tokens) {
      long start = System.nanoTime();
      int token = right.forwardGreedy(tokens);
      spin(start);
      return token;
    }

    @Override
    public void forwardAll(int[] tokens, LogitsConsumer each) {
      long start = System.nanoTime();
      right.forwardAll(tokens, each);
      spin(start);
    }

    @Override
    public void generateGreedy(int[] prompt, int n, TokenSink sink) {
      SessionChecks.generate(config(), position(), prompt, n);
      int token = forwardGreedy(prompt);
      sink.accept(token);
      for (int i = 1; i < n; i++) {
        token = forwardGreedy(token);
        sink.accept(token);
      }
    }
  }
}
