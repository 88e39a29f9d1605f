package dev.lockstep.backend.simd.tile;

/// Finds out how many far-apart streams this machine reads fastest, while it decodes.
///
/// It depends on the processor's prefetchers and on nothing that could be asked: one with many load
/// buffers and a slow memory likes eight streams, another loses a tenth with four. So the products
/// of one row take turns with the candidates until the compiler has seen them all, then take turns
/// for a while under the clock, and from then on use the fastest. No bit depends on the choice.
///
/// Belongs to one thread; others may ask for [#toString].
public final class StreamTuner {
  private static final int UNTIMED_TURNS = 400;
  private static final int TIMED_TURNS = 200;

  /// Smaller matrices come from a cache, whatever the order.
  private static final long SMALLEST_BYTES = 1 << 18;

  private final int[] candidates;
  private final double[] nanosPerByte;
  private int calls;
  private volatile int chosen;

  /// Chooses among what the kernels can do.
  public StreamTuner(TileKernels kernels) {
    this(kernels.streams());
  }

  /// @param candidates numbers of streams, at least one
  StreamTuner(int... candidates) {
    this.candidates = candidates.clone();
    nanosPerByte = new double[candidates.length];
    chosen = candidates.length == 1 ? candidates[0] : 0;
  }

  /// How many streams the next product shall read.
  int next() {
    return chosen == 0 ? candidates[calls % candidates.length] : chosen;
  }

  /// Whether [#took] wants to know.
  boolean isTuning(long bytes) {
    return chosen == 0 && bytes >= SMALLEST_BYTES;
  }

  /// Tells how long a product with [#next] streams took.
  void took(long bytes, long nanos) {
    if (calls >= UNTIMED_TURNS * candidates.length) {
      nanosPerByte[calls % candidates.length] += (double) nanos / bytes;
    }
    calls++;
    if (calls == (UNTIMED_TURNS + TIMED_TURNS) * candidates.length) {
      int best = 0;
      for (int i = 1; i < candidates.length; i++) {
        best = nanosPerByte[i] < nanosPerByte[best] ? i : best;
      }
      chosen = candidates[best];
    }
  }

  @Override
  public String toString() {
    return chosen == 0 ? "tuning" : Integer.toString(chosen);
  }
}
