package dev.lockstep.testbackends;

import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.TokenSink;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/// Others do the work, and the execution path speaks of one thread.
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
}
