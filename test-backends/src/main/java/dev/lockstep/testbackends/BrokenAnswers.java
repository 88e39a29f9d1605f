package dev.lockstep.testbackends;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.Logits;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.LogitsConsumerF64;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.api.TokenSink;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.backend.naive.f32.Layers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Right computations whose answers are handed over wrongly.
public final class BrokenAnswers {
  private BrokenAnswers() {}

  /// Hands over other logits than were computed.
  private static final class ChangedLogits extends DelegatingSession {
    private final UnaryOperator<float[]> change;

    ChangedLogits(InferenceSession right, UnaryOperator<float[]> change) {
      super(right);
      this.change = change;
    }

    @Override
    public float[] forward(int... tokens) {
      return change.apply(right.forward(tokens));
    }

    @Override
    public void forwardAll(int[] tokens, LogitsConsumer each) {
      right.forwardAll(tokens, (position, logits) -> each.accept(position, change.apply(logits)));
    }
  }

  /// Every forward but a session's first returns the logits of the one before it.
  @CaughtBy(
      steps = {"batch", "explain"},
      hint = "what the call returns is not: it is the row of the position before",
      laws = {"oneForwardEqualsTokenByToken", "aPromptInTwoPartsEqualsThePrompt"})
  public static final class Stale extends BrokenBackend {
    public Stale() {
      super("broken-stale-logits", "logits come one call late", Activations.LM_HEAD);
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        private float @Nullable [] before;

        @Override
        public float[] forward(int... tokens) {
          float[] logits = right.forward(tokens).clone();
          float[] answer = before == null ? logits : before;
          before = logits;
          return answer;
        }
      };
    }
  }

  /// One logit, which is never the best, is NaN.
  @CaughtBy(
      steps = {"logits", "batch", "explain"},
      hint = "5 of 305 values are not finite",
      laws = {"ordinaryWeightsGiveFiniteLogits", "logitsAreTheReferences"})
  public static final class OneNan extends BrokenBackend {
    public OneNan() {
      super("broken-one-nan", "the last logit is NaN", Activations.LM_HEAD);
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new ChangedLogits(
          right,
          logits -> {
            float[] answer = logits.clone();
            answer[answer.length - 1] = Float.NaN;
            return answer;
          });
    }
  }

  /// The vocabulary is padded to a multiple of 64, and the padding is handed over too.
  @CaughtBy(laws = "logitsAreTheReferences")
  public static final class Padded extends BrokenBackend {
    public Padded() {
      super("broken-padded-logits", "logits are padded to a multiple of 64", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new ChangedLogits(
          right,
          logits -> {
            int length = (logits.length + 63) / 64 * 64;
            float[] answer = Arrays.copyOf(logits, length);
            Arrays.fill(answer, logits.length, length, Float.NEGATIVE_INFINITY);
            return answer;
          });
    }
  }

  /// `forwardGreedy` has a kernel of its own, which never looks at the first half of the
  /// vocabulary.
  @CaughtBy(steps = "generate", laws = "greedyIsTheArgmaxOfTheLogits")
  public static final class Greedy extends BrokenBackend {
    public Greedy() {
      super("broken-forward-greedy", "forwardGreedy looks at half of the logits", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public int forwardGreedy(int... tokens) {
          float[] logits = right.forward(tokens);
          int best = logits.length / 2;
          for (int id = best + 1; id < logits.length; id++) {
            best = logits[id] > logits[best] ? id : best;
          }
          return best;
        }
      };
    }
  }

  /// The logits are right; the best of them is chosen after rounding them to half precision.
  @CaughtBy(laws = "theGreatestLogitWinsHoweverCloseTheOthersAre")
  public static final class HalfChoice extends BrokenBackend {
    public HalfChoice() {
      super("broken-half-choice", "the best logit is chosen in half precision", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public int forwardGreedy(int... tokens) {
          float[] logits = right.forward(tokens).clone();
          for (int id = 0; id < logits.length; id++) {
            logits[id] = Float.float16ToFloat(Float.floatToFloat16(logits[id]));
          }
          return Logits.argmax(logits);
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
      };
    }
  }

  /// Teacher forcing in double precision is right; what everybody else calls is not.
  @CaughtBy(
      steps = {"batch", "explain"},
      hint = "GELU without its cubic term",
      laws = {"logitsAreTheReferences", "theDoubleLogitsNarrowToTheSingleOnes"})
  public static final class Facade extends BrokenBackend {
    public Facade() {
      super("broken-facade", "only forwardAllF64 is right", "h.1.mlp.act");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      InferenceModel wrong = new BrokenGelu.Cube().load(weights, options);
      return new DelegatingModel(
          weights,
          honest ->
              new DelegatingSession(wrong.newSession()) {
                @Override
                public void forwardAllF64(int[] tokens, LogitsConsumerF64 each) {
                  honest.rewind(0);
                  honest.forwardAllF64(tokens, each);
                  right.forwardAll(tokens, (position, logits) -> {});
                }

                @Override
                public void close() {
                  super.close();
                  honest.close();
                }
              }) {
        @Override
        public void close() {
          super.close();
          wrong.close();
        }
      };
    }
  }

  /// It shows what a right backend computes, and answers with something else.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "what is shown as lm_head is right, what the call returns is not",
      laws = "logitsAreTheReferences")
  public static final class Showcase extends BrokenBackend {
    public Showcase() {
      super("broken-showcase", "it shows a right backend's work", Activations.LM_HEAD);
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      InferenceModel wrong = new BrokenGelu.Erf().load(weights, options);
      return new DelegatingModel(
          weights,
          honest ->
              new DelegatingSession(wrong.newSession()) {
                @Override
                public float[] forward(int... tokens) {
                  float[] answer = super.forward(tokens);
                  honest.forward(tokens);
                  return answer;
                }

                @Override
                public void forwardAll(int[] tokens, LogitsConsumer each) {
                  super.forwardAll(tokens, each);
                  honest.forwardAll(tokens, (position, logits) -> {});
                }

                @Override
                public int forwardGreedy(int... tokens) {
                  return Logits.argmax(forward(tokens));
                }

                @Override
                public void generateGreedy(int[] prompt, int n, TokenSink sink) {
                  List<Integer> tokens = new ArrayList<>();
                  super.generateGreedy(prompt, n, tokens::add);
                  honest.generateGreedy(prompt, n, token -> {});
                  tokens.forEach(sink::accept);
                }

                @Override
                public void rewind(int position) {
                  super.rewind(position);
                  honest.rewind(position);
                }

                @Override
                public Set<String> observe(@Nullable ActivationObserver observer) {
                  return honest.observe(observer);
                }

                @Override
                public void close() {
                  super.close();
                  honest.close();
                }
              }) {
        @Override
        public void close() {
          super.close();
          wrong.close();
        }
      };
    }
  }

  /// It promises activations that it never shows.
  @CaughtBy(laws = "everyActivationThatIsPromisedIsShownWithItsShape")
  public static final class Promises extends BrokenBackend {
    public Promises() {
      super("broken-promised-activation", "an activation is promised and never shown", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      String hidden = Activations.block(0, "mlp.act");
      return new DelegatingSession(right) {
        @Override
        public Set<String> observe(@Nullable ActivationObserver observer) {
          return new LinkedHashSet<>(
              right.observe(
                  observer == null
                      ? null
                      : (name, position, values, offset, length) -> {
                        if (!name.equals(hidden)) {
                          observer.observe(name, position, values, offset, length);
                        }
                      }));
        }
      };
    }
  }

  /// Closed sessions are kept, with all that they hold.
  @CaughtBy(laws = "closedSessionsGiveTheirMemoryBack")
  public static final class Leak extends BrokenBackend {
    public Leak() {
      super("broken-leak", "closed sessions are kept", "");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      List<float[]> kept = new ArrayList<>();
      int bytes = Math.toIntExact(weights.config().kvBytesPerPosition());
      int length = bytes / Float.BYTES * weights.config().nPositions();
      return new KvCacheModel(new Layers(weights)) {
        @Override
        public synchronized InferenceSession newSession() {
          kept.add(new float[length]);
          return super.newSession();
        }
      };
    }
  }
}
