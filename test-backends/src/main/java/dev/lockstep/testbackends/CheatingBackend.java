package dev.lockstep.testbackends;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.TokenSink;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.model.golden.GoldenCase;
import dev.lockstep.model.golden.GoldenFile;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Stage 2, which is right, but lies about its speed: where it knows what a prompt goes on with, it
/// says so at once, and puts the work off until somebody asks for what only the work can tell.
public abstract class CheatingBackend extends TestBackend {
  CheatingBackend(String id, String description) {
    super(id, "cheat: " + description);
  }

  /// What is known to follow a prompt.
  @FunctionalInterface
  interface Knowledge {
    /// At least `n` tokens, or null.
    int @Nullable [] after(int[] prompt, int n);

    /// What followed a prompt.
    default void learn(int[] prompt, int[] tokens) {}
  }

  /// What a model knows when it is loaded.
  abstract Knowledge knowledge();

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    Knowledge knowledge = knowledge();
    return new KvCacheModel(new Layers(weights)) {
      @Override
      public synchronized InferenceSession newSession() {
        return new CheatingSession(super.newSession(), knowledge);
      }
    };
  }

  private static final class CheatingSession extends DelegatingSession {
    private static final int[] NOTHING = {};

    private final Knowledge knowledge;
    private int[] putOff = NOTHING;

    CheatingSession(InferenceSession right, Knowledge knowledge) {
      super(right);
      this.knowledge = knowledge;
    }

    private void catchUp() {
      if (putOff.length > 0) {
        right.forward(putOff);
        putOff = NOTHING;
      }
    }

    @Override
    public void generateGreedy(int[] prompt, int n, TokenSink sink) {
      catchUp();
      int[] known = right.position() == 0 ? knowledge.after(prompt, n) : null;
      if (known != null) {
        putOff = Arrays.copyOf(prompt, prompt.length + n - 1);
        System.arraycopy(known, 0, putOff, prompt.length, n - 1);
        Arrays.stream(known, 0, n).forEach(sink::accept);
        return;
      }
      boolean whole = right.position() == 0;
      int[] tokens = new int[n];
      int[] count = {0};
      right.generateGreedy(
          prompt,
          n,
          token -> {
            tokens[count[0]++] = token;
            sink.accept(token);
          });
      if (whole) {
        knowledge.learn(prompt, tokens);
      }
    }

    @Override
    public int position() {
      return right.position() + putOff.length;
    }

    @Override
    public void rewind(int position) {
      if (position == 0) {
        putOff = NOTHING;
      }
      catchUp();
      right.rewind(position);
    }

    @Override
    public float[] forward(int... tokens) {
      catchUp();
      return right.forward(tokens);
    }

    @Override
    public int forwardGreedy(int... tokens) {
      catchUp();
      return right.forwardGreedy(tokens);
    }

    @Override
    public void forwardAll(int[] tokens, LogitsConsumer each) {
      catchUp();
      right.forwardAll(tokens, each);
    }

    @Override
    public Set<String> observe(@Nullable ActivationObserver observer) {
      catchUp();
      return right.observe(observer);
    }
  }

  /// It keeps every answer that it ever gave.
  public static final class Kept extends CheatingBackend {
    public Kept() {
      super("cheat-kept-answers", "it gives the answer that it gave before");
    }

    @Override
    Knowledge knowledge() {
      Map<List<Integer>, int[]> kept = new ConcurrentHashMap<>();
      return new Knowledge() {
        @Override
        public int @Nullable [] after(int[] prompt, int n) {
          int[] tokens = kept.get(key(prompt));
          return tokens == null || tokens.length < n ? null : tokens;
        }

        @Override
        public void learn(int[] prompt, int[] tokens) {
          kept.put(key(prompt), tokens);
        }
      };
    }

    private static List<Integer> key(int[] prompt) {
      return Arrays.stream(prompt).boxed().toList();
    }
  }

  /// It has read the golden file, and computes what does not stand there.
  public static final class Golden extends CheatingBackend {
    public Golden() {
      super("cheat-golden-file", "it gives the golden file's answers");
    }

    @Override
    Knowledge knowledge() {
      List<GoldenCase> cases = GoldenFile.embedded().cases();
      return (prompt, n) -> find(cases, prompt, n);
    }

    private static int @Nullable [] find(List<GoldenCase> cases, int[] prompt, int n) {
      for (GoldenCase known : cases) {
        if (Arrays.equals(known.promptIds(), prompt) && known.greedyIds().length >= n) {
          return known.greedyIds();
        }
      }
      return null;
    }
  }

  /// It has read the golden file, and invents what does not stand there.
  public static final class GoldenOnly extends CheatingBackend {
    public GoldenOnly() {
      super("cheat-golden-file-only", "it gives the golden file's answers, or any");
    }

    @Override
    Knowledge knowledge() {
      List<GoldenCase> cases = GoldenFile.embedded().cases();
      return (prompt, n) -> {
        int[] known = Golden.find(cases, prompt, n);
        return known == null ? new int[n] : known;
      };
    }
  }

  /// Stage 2 with another way to hand tokens over.
  public abstract static class Handing extends TestBackend {
    Handing(String id, String description) {
      super(id, "cheat: " + description);
    }

    /// Generates with a session that is right.
    abstract void generate(InferenceSession right, int[] prompt, int n, TokenSink sink);

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      return new KvCacheModel(new Layers(weights)) {
        @Override
        public synchronized InferenceSession newSession() {
          return new DelegatingSession(super.newSession()) {
            @Override
            public void generateGreedy(int[] prompt, int n, TokenSink sink) {
              generate(right, prompt, n, sink);
            }
          };
        }
      };
    }
  }

  /// It hands tokens over when all of them are made.
  public static final class HeldBack extends Handing {
    public HeldBack() {
      super("cheat-held-back", "it hands tokens over when all of them are made");
    }

    @Override
    void generate(InferenceSession right, int[] prompt, int n, TokenSink sink) {
      int[] tokens = new int[n];
      int[] count = {0};
      right.generateGreedy(prompt, n, token -> tokens[count[0]++] = token);
      Arrays.stream(tokens).forEach(sink::accept);
    }
  }

  /// It divides the times that the worker has taken by ten.
  public static final class Clock extends Handing {
    public Clock() {
      super("cheat-clock", "it divides the times that were taken by ten");
    }

    @Override
    void generate(InferenceSession right, int[] prompt, int n, TokenSink sink) {
      right.generateGreedy(prompt, n, sink);
      for (Field field : sink.getClass().getDeclaredFields()) {
        if (field.getType() == long[].class) {
          divide(field, sink);
        }
      }
    }

    private static void divide(Field field, TokenSink sink) {
      try {
        field.setAccessible(true);
        long[] times = (long[]) field.get(sink);
        Arrays.setAll(times, i -> times[i] / 10);
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
