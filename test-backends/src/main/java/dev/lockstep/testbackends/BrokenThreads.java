package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.api.TokenSink;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Threads: those that do the work and of which the execution path does not speak, and those that
/// a session is moved between.
public abstract class BrokenThreads extends BrokenBackend {
  private BrokenThreads(String id, String description) {
    super(id, description, "");
  }

  /// Has the work done by another thread, and waits.
  abstract float[] elsewhere(Supplier<float[]> work);

  @Override
  protected InferenceSession session(InferenceSession right) {
    return new DelegatingSession(right) {
      @Override
      public float[] forward(int... tokens) {
        return elsewhere(() -> right.forward(tokens));
      }

      @Override
      public void generateGreedy(int[] prompt, int n, TokenSink sink) {
        elsewhere(
            () -> {
              right.generateGreedy(prompt, n, sink);
              return new float[0];
            });
      }
    };
  }

  private static float[] join(CompletableFuture<float[]> result) {
    try {
      return result.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /// A pool that outlives all models.
  @CaughtBy(laws = "noMoreThreadsWorkThanTheExecutionPathSays")
  public static final class Pool extends BrokenThreads {
    private static final ExecutorService POOL =
        Executors.newSingleThreadExecutor(
            work -> Thread.ofPlatform().daemon().name("lasting worker").unstarted(work));

    public Pool() {
      super("broken-lasting-pool", "it claims one thread, and a pool of its own works");
    }

    @Override
    float[] elsewhere(Supplier<float[]> work) {
      return join(CompletableFuture.supplyAsync(work, POOL));
    }
  }

  /// A thread for every call.
  @CaughtBy(laws = "noMoreThreadsWorkThanTheExecutionPathSays")
  public static final class Short extends BrokenThreads {
    public Short() {
      super("broken-short-threads", "it claims one thread, and starts others for a moment");
    }

    @Override
    float[] elsewhere(Supplier<float[]> work) {
      CompletableFuture<float[]> result = new CompletableFuture<>();
      Thread worker =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      result.complete(work.get());
                    } catch (RuntimeException e) {
                      result.completeExceptionally(e);
                    }
                  });
      try {
        worker.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return join(result);
    }
  }

  /// A session believes that each thread knows it as it is: one that comes back to a thread after
  /// another one has used it gets the logits that this thread saw last.
  @CaughtBy(laws = "noScheduleOfSeveralThreadsChangesABit")
  public static final class Moved extends BrokenBackend {
    public Moved() {
      super("broken-moved-session", "a session that comes back to a thread is a call behind", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        private final ThreadLocal<float[]> seen = new ThreadLocal<>();
        private @Nullable Thread latest;

        @Override
        public float[] forward(int... tokens) {
          float[] logits = right.forward(tokens);
          float[] known = seen.get();
          boolean moved = known != null && latest != Thread.currentThread();
          latest = Thread.currentThread();
          float[] answer = moved && known != null ? known : logits.clone();
          seen.set(logits.clone());
          return answer;
        }
      };
    }
  }

  /// The loop keeps its token where all sessions do, also while the token is handed over.
  @CaughtBy(laws = "noScheduleOfSeveralThreadsChangesABit")
  public static final class SharedToken extends BrokenBackend {
    public SharedToken() {
      super("broken-shared-token", "sessions that generate at once go on with one token", "");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      AtomicInteger token = new AtomicInteger();
      return new DelegatingModel(
          weights,
          right ->
              new DelegatingSession(right) {
                @Override
                public void generateGreedy(int[] prompt, int n, TokenSink sink) {
                  SessionChecks.generate(config(), position(), prompt, n);
                  token.set(right.forwardGreedy(prompt));
                  sink.accept(token.get());
                  for (int i = 1; i < n; i++) {
                    token.set(right.forwardGreedy(token.get()));
                    sink.accept(token.get());
                  }
                }
              });
    }
  }
}
