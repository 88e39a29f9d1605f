package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.TokenSink;
import dev.lockstep.backend.kvcache.KvCache;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.backend.naive.f32.Layers;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Caches that keep what they should forget, lose what they should keep, or keep too little of it.
public final class BrokenCaches {
  private BrokenCaches() {}

  /// After a rewind to 0 the first row stays. The same prompt once more does not show it.
  @CaughtBy(
      steps = {"rewind", "explain"},
      blamed = "h.0.attn.c_proj.in",
      hint = "position 0 has the keys and values of the tokens before the rewind",
      laws = "whatWasForgottenLeavesNoTrace")
  public static final class Reset extends BrokenBackend {
    public Reset() {
      super("broken-reset", "a rewind to 0 keeps the first row of the cache", "");
    }

    @Override
    protected KvCache newCache(Gpt2Config config) {
      return new KeepingCache(config.nLayer(), config.nPositions());
    }

    private static final class KeepingCache extends KvCache {
      private final float[][][] kept;
      private boolean isReset;

      KeepingCache(int layers, int positions) {
        super(layers, positions);
        kept = new float[layers][2][];
      }

      @Override
      public void rewind(int position) {
        isReset |= position == 0 && keys(0)[0] != null;
        for (int layer = 0; isReset && layer < kept.length; layer++) {
          kept[layer][0] = keys(layer)[0] == null ? kept[layer][0] : keys(layer)[0];
          kept[layer][1] = values(layer)[0] == null ? kept[layer][1] : values(layer)[0];
        }
        super.rewind(position);
      }

      @Override
      public void append(int layer, int firstPosition, float[][] k, float[][] v) {
        super.append(layer, firstPosition, k, v);
        if (firstPosition == 0 && isReset) {
          keys(layer)[0] = kept[layer][0];
          values(layer)[0] = kept[layer][1];
        }
      }
    }
  }

  /// Closing a session clears the first row of every cache.
  @CaughtBy(
      steps = {"close", "explain"},
      blamed = "h.0.attn.c_proj.in",
      hint = "the cache row of position 0 is empty",
      laws = "closingASessionLeavesTheOthersAlone")
  public static final class CloseOthers extends BrokenBackend {
    public CloseOthers() {
      super("broken-close-others", "closing a session clears a row of all others", "");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      List<KvCache> all = new CopyOnWriteArrayList<>();
      return new KvCacheModel(new Layers(weights)) {
        @Override
        protected KvCache newCache() {
          KvCache cache = super.newCache();
          all.add(cache);
          return cache;
        }

        @Override
        public InferenceSession newSession() {
          return new DelegatingSession(super.newSession()) {
            @Override
            public void close() {
              super.close();
              all.forEach(cache -> clear(cache));
            }
          };
        }

        private void clear(KvCache cache) {
          for (int layer = 0; layer < config().nLayer(); layer++) {
            if (cache.keys(layer)[0] != null) {
              cache.keys(layer)[0] = new float[config().nEmbd()];
              cache.values(layer)[0] = new float[config().nEmbd()];
            }
          }
        }
      };
    }
  }

  /// What the loop of a generation wrote last is not written again after a rewind.
  @CaughtBy(
      steps = {"rewind", "explain"},
      blamed = "h.0.attn.c_proj.in",
      hint = "stale cache row: position 7 has the keys and values of the tokens before the rewind",
      laws = "whatWasGeneratedLeavesNoTrace")
  public static final class AfterGeneration extends BrokenBackend {
    public AfterGeneration() {
      super("broken-generate-rewind", "a rewind after generateGreedy keeps a row", "");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      return new KvCacheModel(new Layers(weights)) {
        private KeptRow latest = new KeptRow(1, 1);

        @Override
        protected KvCache newCache() {
          latest = new KeptRow(config().nLayer(), config().nPositions());
          return latest;
        }

        @Override
        public synchronized InferenceSession newSession() {
          InferenceSession session = super.newSession();
          KeptRow cache = latest;
          return new DelegatingSession(session) {
            @Override
            public void generateGreedy(int[] prompt, int n, TokenSink sink) {
              super.generateGreedy(prompt, n, sink);
              cache.hasGenerated = true;
            }
          };
        }
      };
    }

    private static final class KeptRow extends KvCache {
      private final int layers;
      private boolean hasGenerated;
      private int stale = -1;

      KeptRow(int layers, int positions) {
        super(layers, positions);
        this.layers = layers;
      }

      @Override
      public void rewind(int position) {
        if (hasGenerated) {
          stale = position;
          hasGenerated = false;
        } else {
          super.rewind(position);
        }
      }

      @Override
      public void append(int layer, int firstPosition, float[][] k, float[][] v) {
        boolean keep = firstPosition == stale && keys(layer)[stale] != null;
        float[] key = keep ? keys(layer)[stale] : k[0];
        float[] value = keep ? values(layer)[stale] : v[0];
        super.append(layer, firstPosition, k, v);
        keys(layer)[firstPosition] = key;
        values(layer)[firstPosition] = value;
        stale = layer == layers - 1 ? -1 : stale;
      }
    }
  }

  /// Rows come from an arena that never gets them back; when it is used up, values are lost.
  @CaughtBy(laws = "aSessionCanBeUsedAgainAndAgain")
  public static final class Arena extends BrokenBackend {
    public Arena() {
      super("broken-cache-arena", "rows of a cache are not used again, and run out", "");
    }

    @Override
    protected KvCache newCache(Gpt2Config config) {
      int room = 4 * config.nPositions();
      return new KvCache(config.nLayer(), config.nPositions()) {
        private int used;

        @Override
        public void append(int layer, int firstPosition, float[][] k, float[][] v) {
          used += layer == 0 ? k.length : 0;
          super.append(layer, firstPosition, k, v);
          if (used > room) {
            values(layer)[firstPosition] = new float[v[0].length];
          }
        }
      };
    }
  }

  /// Keys and values are kept in half precision, and nobody says so.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "keys and values are rounded to float16",
      laws = "logitsAreTheReferences")
  public static final class Half extends BrokenBackend {
    public Half() {
      super("broken-half-cache", "the cache is in half precision", "h.0.attn.c_proj.in");
    }

    @Override
    protected KvCache newCache(Gpt2Config config) {
      return new KvCache(config.nLayer(), config.nPositions()) {
        @Override
        public void append(int layer, int firstPosition, float[][] k, float[][] v) {
          super.append(layer, firstPosition, half(k), half(v));
        }
      };
    }

    private static float[][] half(float[][] rows) {
      float[][] rounded = new float[rows.length][];
      for (int t = 0; t < rows.length; t++) {
        rounded[t] = new float[rows[t].length];
        for (int c = 0; c < rows[t].length; c++) {
          rounded[t][c] = Float.float16ToFloat(Float.floatToFloat16(rows[t][c]));
        }
      }
      return rounded;
    }
  }
}
