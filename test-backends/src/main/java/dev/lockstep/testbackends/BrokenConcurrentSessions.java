package dev.lockstep.testbackends;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.backend.kvcache.KvCache;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.backend.naive.f32.Gelu;
import dev.lockstep.backend.naive.f32.Layers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Sessions that are right alone, and wrong while other sessions are open.
public final class BrokenConcurrentSessions {
  private BrokenConcurrentSessions() {}

  private static Layers layers(Gpt2Weights weights, BooleanSupplier isWrong) {
    return new Layers(weights) {
      @Override
      public Gelu gelu(int layer) {
        return new Gelu() {
          @Override
          protected float activate(float x) {
            return isWrong.getAsBoolean()
                ? (float) (x / (1 + StrictMath.exp(-1.702 * x)))
                : super.activate(x);
          }
        };
      }
    };
  }

  /// As soon as there are two sessions, both take a path with another GELU.
  @CaughtBy(
      steps = {"second_session", "explain"},
      hint = "the sigmoid form",
      laws = "sessionsThatTakeTurnsDoNotDisturbEachOther")
  public static final class Two extends BrokenBackend {
    public Two() {
      super("broken-two-sessions", "two sessions have another GELU than one", "h.0.mlp.act");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      AtomicInteger open = new AtomicInteger();
      return new KvCacheModel(BrokenConcurrentSessions.layers(weights, () -> open.get() > 1)) {
        @Override
        public InferenceSession newSession() {
          InferenceSession session = super.newSession();
          open.incrementAndGet();
          return new DelegatingSession(session) {
            private final AtomicBoolean closed = new AtomicBoolean();

            @Override
            public void close() {
              super.close();
              if (closed.compareAndSet(false, true)) {
                open.decrementAndGet();
              }
            }
          };
        }
      };
    }
  }

  /// Observing one session sends all of them another way, from then on.
  @CaughtBy(
      steps = {"observe", "explain"},
      hint = "the sigmoid form",
      laws = "beingObservedChangesNoBit")
  public static final class Watched extends BrokenBackend {
    public Watched() {
      super("broken-all-observed", "observing one session changes all", "h.0.mlp.act");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      AtomicBoolean watched = new AtomicBoolean();
      return new KvCacheModel(BrokenConcurrentSessions.layers(weights, watched::get)) {
        @Override
        public InferenceSession newSession() {
          return new DelegatingSession(super.newSession()) {
            @Override
            public Set<String> observe(@Nullable ActivationObserver observer) {
              watched.compareAndSet(false, observer != null);
              return super.observe(observer);
            }
          };
        }
      };
    }
  }

  /// There is room for eight caches; the ninth session gets the first one's.
  @CaughtBy(laws = "sessionsThatTakeTurnsDoNotDisturbEachOther")
  public static final class Slots extends BrokenBackend {
    private static final int SLOTS = 8;

    public Slots() {
      super("broken-cache-slots", "the ninth session shares the first one's cache", "");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      List<KvCache> free = new ArrayList<>();
      for (int slot = 0; slot < SLOTS; slot++) {
        free.add(new KvCache(weights.config().nLayer(), weights.config().nPositions()));
      }
      KvCache first = free.getFirst();
      return new KvCacheModel(new Layers(weights)) {
        private KvCache latest = first;

        @Override
        protected KvCache newCache() {
          latest = free.isEmpty() ? first : free.removeLast();
          return latest;
        }

        @Override
        public InferenceSession newSession() {
          synchronized (free) {
            InferenceSession session = super.newSession();
            return new Session(session, latest);
          }
        }

        final class Session extends DelegatingSession {
          private final KvCache cache;

          Session(InferenceSession right, KvCache cache) {
            super(right);
            this.cache = cache;
          }

          @Override
          public void close() {
            super.close();
            synchronized (free) {
              if (!free.contains(cache)) {
                free.add(cache);
              }
            }
          }
        }
      };
    }
  }
}
