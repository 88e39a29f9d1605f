package dev.lockstep.backend.simd;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.backend.simd.head.CertifiedArgmax;
import dev.lockstep.backend.simd.memory.OffHeap;
import dev.lockstep.backend.simd.network.Gpt2;
import dev.lockstep.backend.simd.network.Gpt2Loader;
import dev.lockstep.backend.simd.pool.WorkerPool;
import dev.lockstep.backend.simd.tile.TileKernels;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A checkpoint packed for this machine, with the workers that run it.
final class SimdModel implements InferenceModel {
  private final SimdOptions options;
  private final int vectorBits;
  private final Arena arena;
  private final WorkerPool pool;
  private final Gpt2 gpt2;
  private final @Nullable OffHeap memory;
  private final @Nullable CertifiedArgmax certified;
  private final Set<SimdSession> sessions = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  @SuppressWarnings("MustBeClosedChecker") // the arena lives until close()
  private SimdModel(Gpt2Weights weights, SimdOptions options) {
    this.options = options;
    vectorBits = Hardware.vectorBits(options.vector());
    arena = Arena.ofShared();
    pool = new WorkerPool(options.threads());
    try {
      TileKernels kernels =
          new TileKernels(
              vectorBits, options.aligned(), options.tuned(), Hardware.vectorRegisters());
      Gpt2Loader loader =
          new Gpt2Loader(weights, pool, kernels, options.aligned(), options.certifiedHead(), arena);
      memory = loader.memory();
      gpt2 = loader.load(vectorBits);
      certified = loader.certified();
    } catch (RuntimeException | Error e) {
      pool.close();
      arena.close();
      throw e;
    }
  }

  static SimdModel load(Gpt2Weights weights, SimdOptions options) {
    return new SimdModel(weights, options);
  }

  @Override
  public Gpt2Config config() {
    return gpt2.config();
  }

  @Override
  public InferenceSession newSession() {
    checkOpen();
    SimdSession session = new SimdSession(this, gpt2, options.aligned());
    sessions.add(session);
    return session;
  }

  void forget(SimdSession session) {
    sessions.remove(session);
  }

  void checkOpen() {
    SessionChecks.open(closed, "model");
  }

  @Override
  public Map<String, String> executionPath() {
    Map<String, String> path = new LinkedHashMap<>();
    path.put("device", "cpu");
    path.put("threads", Integer.toString(pool.size()));
    path.put("precision", "f32");
    path.put("vector_bits", vectorBits == 0 ? "off" : Integer.toString(vectorBits));
    path.put("aligned", options.aligned() ? "on" : "off");
    path.put("unroll", options.tuned() ? "tuned" : "1");
    path.put("streams", gpt2.streams());
    path.put("huge_pages", hugePages());
    path.put("head", certified == null ? "full" : "certified");
    if (certified != null) {
      path.put("head_rescored", certified.statistics());
      path.put(LESS_WORK, "rows of lm_head that cannot win are not computed in full");
    }
    return path;
  }

  private String hugePages() {
    if (memory == null || closed) {
      return "none";
    }
    return String.format(
        Locale.ROOT, "%d of %d MiB", memory.hugePageBytes() >> 20, memory.byteSize() >> 20);
  }

  /// Waits for a pass that is running, then frees everything.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    pool.close();
    sessions.forEach(SimdSession::close);
    arena.close();
  }
}
