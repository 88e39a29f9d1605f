package dev.lockstep.testbackends;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.TokenSink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Right operations, wrong sessions.
public final class BrokenSessions {
  private BrokenSessions() {}

  /// The highest id wins a tie.
  @CaughtBy(laws = "theLowestIdWinsATie")
  public static final class Ties extends BrokenBackend {
    public Ties() {
      super("broken-ties", "the highest id wins a tie", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public int forwardGreedy(int... tokens) {
          float[] logits = right.forward(tokens);
          int best = 0;
          for (int id = 1; id < logits.length; id++) {
            best = logits[id] >= logits[best] ? id : best;
          }
          return best;
        }
      };
    }
  }

  /// The logits of all sessions lie in one array.
  @CaughtBy(laws = "logitsStayValidWhileAnotherSessionWorks")
  public static final class SharedLogits extends BrokenBackend {
    public SharedLogits() {
      super("broken-shared-logits", "all sessions return the same array", "");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      float[] shared = new float[weights.config().vocabSize()];
      return new DelegatingModel(
          weights,
          right ->
              new DelegatingSession(right) {
                @Override
                public float[] forward(int... tokens) {
                  System.arraycopy(right.forward(tokens), 0, shared, 0, shared.length);
                  return shared;
                }
              });
    }
  }

  /// A watched session takes another path, which rounds otherwise.
  @CaughtBy(
      steps = {"observe", "explain"},
      blamed = "lm_head",
      hint = "what is shown as lm_head is not what the call returns",
      laws = "beingObservedChangesNoBit")
  public static final class Observed extends BrokenBackend {
    public Observed() {
      super("broken-observed", "being observed changes the last bit", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        private boolean watched;

        @Override
        public float[] forward(int... tokens) {
          float[] logits = right.forward(tokens);
          for (int id = 0; watched && id < logits.length; id++) {
            logits[id] = Math.nextUp(logits[id]);
          }
          return logits;
        }

        @Override
        public Set<String> observe(@Nullable ActivationObserver observer) {
          watched = observer != null;
          return right.observe(observer);
        }
      };
    }
  }

  /// The answer to a prompt is remembered by the prompt's last tokens and played back.
  @CaughtBy(steps = "generate", laws = "anAnswerDependsOnTheWholePrompt")
  public static final class Replay extends BrokenBackend {
    private static final int KEY_LENGTH = 4;

    public Replay() {
      super("broken-replay", "the answer to a prompt with the same end is replayed", "");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      Map<List<Integer>, List<Integer>> answers = new ConcurrentHashMap<>();
      return new DelegatingModel(weights, right -> new Replaying(right, answers));
    }

    private static final class Replaying extends DelegatingSession {
      private final Map<List<Integer>, List<Integer>> answers;

      Replaying(InferenceSession right, Map<List<Integer>, List<Integer>> answers) {
        super(right);
        this.answers = answers;
      }

      @Override
      public void generateGreedy(int[] prompt, int n, TokenSink sink) {
        List<Integer> key = new ArrayList<>(List.of(n));
        int from = Math.max(0, prompt.length - KEY_LENGTH);
        Arrays.stream(prompt, from, prompt.length).forEach(key::add);
        List<Integer> known = answers.get(key);
        if (known == null) {
          List<Integer> answer = new ArrayList<>();
          right.generateGreedy(
              prompt,
              n,
              token -> {
                answer.add(token);
                sink.accept(token);
              });
          answers.put(key, answer);
        } else {
          right.forward(prompt);
          known.forEach(sink::accept);
          right.forward(known.stream().limit(n - 1L).mapToInt(Integer::intValue).toArray());
        }
      }
    }
  }

  /// Tokens go in one by one, so that those before a bad one stay.
  @CaughtBy(laws = "badInputIsRefusedAndTheSessionKept")
  public static final class Refusal extends BrokenBackend {
    public Refusal() {
      super("broken-refusal", "tokens before a bad one are kept", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public float[] forward(int... tokens) {
          if (tokens.length == 0) {
            return right.forward(tokens);
          }
          float[] logits = {};
          for (int token : tokens) {
            logits = right.forward(token);
          }
          return logits;
        }
      };
    }
  }

  /// The last position of the context cannot be used.
  @CaughtBy(laws = "theLastPositionCanBeUsedAndNoMore")
  public static final class LastPosition extends BrokenBackend {
    public LastPosition() {
      super("broken-last-position", "the last position cannot be used", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      int limit = right.config().nPositions() - 1;
      return new DelegatingSession(right) {
        @Override
        public float[] forward(int... tokens) {
          if (tokens.length > limit - position()) {
            throw new IllegalArgumentException("more than " + limit + " tokens");
          }
          return right.forward(tokens);
        }
      };
    }
  }

  /// The last new token of a generation is given a position that it does not need.
  @CaughtBy(laws = {"theLastNewTokenNeedsNoPosition", "greedyIsTheArgmaxOfTheLogits"})
  public static final class LastNewToken extends BrokenBackend {
    public LastNewToken() {
      super("broken-last-new-token", "the last new token needs a position", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      int limit = right.config().nPositions();
      return new DelegatingSession(right) {
        @Override
        public void generateGreedy(int[] prompt, int n, TokenSink sink) {
          if (n > limit - position() - prompt.length) {
            throw new IllegalArgumentException(
                n + " new tokens do not fit: n_positions is " + limit);
          }
          right.generateGreedy(prompt, n, sink);
        }
      };
    }
  }

  /// A closed session goes on working.
  @CaughtBy(laws = "aClosedSessionRefusesEverything")
  public static final class Close extends BrokenBackend {
    public Close() {
      super("broken-close", "a closed session still answers", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public void close() {}
      };
    }
  }

  /// Generation appends the last new token too.
  @CaughtBy(steps = "generate", laws = "greedyIsTheArgmaxOfTheLogits")
  public static final class Generate extends BrokenBackend {
    public Generate() {
      super("broken-generate", "the last new token is appended too", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public void generateGreedy(int[] prompt, int n, TokenSink sink) {
          int[] last = {0};
          right.generateGreedy(
              prompt,
              n,
              token -> {
                last[0] = token;
                sink.accept(token);
              });
          right.forward(last[0]);
        }
      };
    }
  }

  /// Teacher forcing shows the logits of the token before.
  @CaughtBy(
      steps = {"logits", "batch", "explain"},
      blamed = "lm_head",
      hint = "it is the row of the position before",
      laws = "forwardAllShowsTheLogitsOfEveryForward")
  public static final class ForwardAll extends BrokenBackend {
    public ForwardAll() {
      super("broken-forward-all", "forwardAll is one position behind", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public void forwardAll(int[] tokens, LogitsConsumer each) {
          Map<Integer, float[]> before = new HashMap<>();
          right.forwardAll(
              tokens,
              (position, logits) -> {
                before.put(position, logits.clone());
                each.accept(position, before.getOrDefault(position - 1, logits));
              });
        }
      };
    }
  }
}
