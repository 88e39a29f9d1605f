package dev.lockstep.harness.worker.probe;

import dev.lockstep.api.Ceilings;
import java.util.Arrays;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Measures the two limits of the CPU with `threads` threads: how fast a buffer can be read and how
/// fast fused multiply-adds can be issued.
///
/// Each figure is the best of [#TRIALS] trials of at least [#TRIAL_NANOS]: a ceiling is what the
/// machine can do, so disturbances are left out. All threads start a trial together, and it ends
/// with the last of them. Each thread reads its part of the buffer in order and as far-apart
/// streams, and the faster way counts. The buffer is as large as the model, up to a size beyond
/// which no cache makes a difference ([#MAX_BUFFER_BYTES]): a model that fits the cache is held
/// against the cache's bandwidth.
public final class CpuProbe {
  /// The largest buffer that is read.
  public static final long MAX_BUFFER_BYTES = 1L << 30;

  private static final int TRIALS = 7;
  private static final long TRIAL_NANOS = 8_000_000;
  private static final int MIN_FLOATS_PER_THREAD = 1 << 12;

  /// Kept from one round to the next, so that later probes do not pay for fresh pages.
  private static float[] buffer = new float[0];

  private CpuProbe() {}

  /// @param bufferBytes how much to read in one pass over all threads
  public static synchronized Ceilings measure(long bufferBytes, int threads) {
    float[] read = buffer(bufferBytes, threads);
    int share = read.length / threads / ProbeKernels.READ_STEP * ProbeKernels.READ_STEP;
    double inOrder = best(threads, thread -> ProbeKernels.readInOrder(read, thread * share, share));
    double farApart =
        best(threads, thread -> ProbeKernels.readFarApart(read, thread * share, share));
    double readPerSecond = Math.max(inOrder, farApart) * share * threads * Float.BYTES;
    double fmaPerSecond =
        best(threads, thread -> ProbeKernels.multiplyAdd()) * threads * ProbeKernels.FLOPS_PER_CALL;
    return new Ceilings(readPerSecond, fmaPerSecond);
  }

  /// How much memory a probe of so large a buffer takes.
  public static long bufferBytes(long bufferBytes) {
    return Math.min(bufferBytes, MAX_BUFFER_BYTES);
  }

  private static float[] buffer(long bufferBytes, int threads) {
    long bytes = bufferBytes(bufferBytes);
    int floats = Math.max((int) (bytes / Float.BYTES), threads * MIN_FLOATS_PER_THREAD);
    float[] kept = buffer;
    if (kept.length != floats) {
      kept = new float[floats];
      Arrays.fill(kept, 1e-9f);
      buffer = kept;
    }
    return kept;
  }

  /// How often per second all threads together can do `work`, in the best trial.
  private static double best(int threads, IntConsumer work) {
    double bestRate = 0;
    int repeats = 1;
    for (int trial = 0; trial < TRIALS; ) {
      long nanos = timeOnce(threads, repeats, work);
      if (nanos < TRIAL_NANOS) {
        repeats = (int) Math.max(repeats * 2L, repeats * TRIAL_NANOS / Math.max(nanos, 1));
        continue;
      }
      bestRate = Math.max(bestRate, repeats * 1e9 / nanos);
      trial++;
    }
    return bestRate;
  }

  private static long timeOnce(int threads, int repeats, IntConsumer work) {
    if (threads == 1) {
      long start = System.nanoTime();
      repeat(repeats, 0, work);
      return System.nanoTime() - start;
    }
    CyclicBarrier barrier = new CyclicBarrier(threads);
    long[] begin = new long[threads];
    long[] end = new long[threads];
    Thread[] others = new Thread[threads];
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    for (int i = 0; i < threads; i++) {
      int thread = i;
      others[i] =
          Thread.ofPlatform()
              .daemon()
              .start(
                  () -> {
                    try {
                      barrier.await();
                      begin[thread] = System.nanoTime();
                      repeat(repeats, thread, work);
                      end[thread] = System.nanoTime();
                    } catch (InterruptedException | BrokenBarrierException | RuntimeException e) {
                      failure.set(e);
                    }
                  });
    }
    for (Thread other : others) {
      try {
        other.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while measuring", e);
      }
    }
    Throwable problem = failure.get();
    if (problem != null) {
      throw new IllegalStateException("the probe failed: " + problem, problem);
    }
    return Arrays.stream(end).max().orElseThrow() - Arrays.stream(begin).min().orElseThrow();
  }

  private static void repeat(int repeats, int thread, IntConsumer work) {
    for (int i = 0; i < repeats; i++) {
      work.accept(thread);
    }
  }
}
