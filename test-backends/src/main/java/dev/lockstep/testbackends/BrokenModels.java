package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Tensor;
import dev.lockstep.backend.kvcache.KvCache;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.LmHead;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// Right operations, wrong caches or wrong words about them.
public final class BrokenModels {
  private BrokenModels() {}

  /// After a rewind, the first row is not written again.
  @CaughtBy(
      steps = {"rewind", "explain"},
      blamed = "h.0.attn.c_proj.in",
      hint = "stale cache row: position 7 has the keys and values of the tokens before the rewind",
      laws = "whatWasForgottenLeavesNoTrace")
  public static final class StaleRow extends BrokenBackend {
    public StaleRow() {
      super("broken-rewind", "after a rewind the first row of the cache stays", "");
    }

    @Override
    protected KvCache newCache(Gpt2Config config) {
      return new Stale(config.nLayer(), config.nPositions());
    }

    private static final class Stale extends KvCache {
      private int stale = Integer.MAX_VALUE;

      Stale(int layers, int positions) {
        super(layers, positions);
      }

      @Override
      public void rewind(int position) {
        stale = position;
      }

      @Override
      public void append(int layer, int firstPosition, float[][] k, float[][] v) {
        boolean keep = firstPosition == stale && keys(layer)[stale] != null;
        float[] key = keep ? keys(layer)[stale] : k[0];
        float[] value = keep ? values(layer)[stale] : v[0];
        super.append(layer, firstPosition, k, v);
        keys(layer)[firstPosition] = key;
        values(layer)[firstPosition] = value;
      }
    }
  }

  /// One cache for all sessions of a model.
  @CaughtBy(
      steps = {"second_session", "explain"},
      blamed = "h.0.attn.c_proj.in",
      hint = "the keys and values of session 1",
      laws = "sessionsThatTakeTurnsDoNotDisturbEachOther")
  public static final class SharedCache extends BrokenBackend {
    public SharedCache() {
      super("broken-shared-cache", "all sessions share a KV cache", "");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      KvCache shared = new KvCache(weights.config().nLayer(), weights.config().nPositions());
      return new KvCacheModel(new Layers(weights)) {
        @Override
        protected KvCache newCache() {
          return shared;
        }
      };
    }
  }

  /// One cache for all sessions of all models, as a static buffer would be.
  @CaughtBy(
      steps = {"second_session", "explain"},
      blamed = "h.0.attn.c_proj.in",
      hint = "the keys and values of session 1",
      laws = "twoModelsAtOnceDoNotDisturbEachOther")
  public static final class StaticCache extends BrokenBackend {
    private static final int LARGEST = 4096;
    private static final KvCache CACHE = new KvCache(64, LARGEST);

    public StaticCache() {
      super("broken-static-cache", "all models share a KV cache", "");
    }

    @Override
    protected KvCache newCache(Gpt2Config config) {
      return CACHE;
    }
  }

  /// Scales the first weights in place, behind the back of the read-only view. Mapped files are
  /// spared: writing to one would crash the JVM.
  @CaughtBy(laws = "weightsAreNeverWritten")
  public static final class Weights extends BrokenBackend {
    public Weights() {
      super("broken-weights", "it writes to the weights", "");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      MemorySegment data = weights.wte().data();
      if (!data.isMapped()) {
        MemorySegment writable = MemorySegment.ofAddress(data.address()).reinterpret(Float.BYTES);
        writable.set(Tensor.LAYOUT, 0, weights.wte().get(0) * 2);
      }
      return super.load(weights, options);
    }
  }

  /// Closing a model lets go of what all models share: a context of a device, say.
  @CaughtBy(laws = "twoModelsAtOnceDoNotDisturbEachOther")
  public static final class CloseModel extends BrokenBackend {
    private static final AtomicInteger CLOSED = new AtomicInteger();

    public CloseModel() {
      super("broken-shared-context", "closing a model breaks the others", "");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      int before = CLOSED.get();
      Layers layers =
          new Layers(weights) {
            @Override
            public LmHead lmHead() {
              return new LmHead(weights.lmHead()) {
                @Override
                public float[] forward(float[] x) {
                  return CLOSED.get() == before ? super.forward(x) : new float[x.length];
                }
              };
            }
          };
      return new KvCacheModel(layers) {
        @Override
        public void close() {
          super.close();
          CLOSED.incrementAndGet();
        }
      };
    }
  }

  /// Counts bytes in an int, which a large model overflows.
  @CaughtBy(laws = "theFlagsAndFootprintAreKnownBeforeLoading")
  public static final class Footprint extends BrokenBackend {
    public Footprint() {
      super("broken-footprint", "it counts its bytes in an int", "");
    }

    @Override
    public long privateBytes(Gpt2Config config, OptionValues options) {
      return (int) super.privateBytes(config, options);
    }
  }

  /// Says that it ran on something else.
  @CaughtBy(laws = "availabilityIsAnsweredAndMeant")
  public static final class Device extends BrokenBackend {
    public Device() {
      super("broken-execution-path", "it claims a device that it did not use", "");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      return new KvCacheModel(new Layers(weights)) {
        @Override
        public Map<String, String> executionPath() {
          Map<String, String> path = new LinkedHashMap<>(super.executionPath());
          path.put("device", "quantum");
          return path;
        }
      };
    }
  }

  /// Says that it uses one thread, and keeps another.
  @CaughtBy(laws = "noMoreThreadsWorkThanTheExecutionPathSays")
  public static final class Threads extends BrokenBackend {
    public Threads() {
      super("broken-threads", "it claims one thread and uses two", "");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      CountDownLatch closed = new CountDownLatch(1);
      Thread.ofPlatform().daemon().name("hidden worker").start(() -> await(closed));
      return new KvCacheModel(new Layers(weights)) {
        @Override
        public void close() {
          closed.countDown();
          super.close();
        }
      };
    }

    private static void await(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Sessions outlive their model.
  @CaughtBy(laws = "aClosedModelClosesItsSessions")
  public static final class Close extends BrokenBackend {
    public Close() {
      super("broken-model-close", "a closed model goes on working", "");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      return new DelegatingModel(weights, (InferenceSession right) -> right) {
        @Override
        public void close() {}
      };
    }
  }
}
