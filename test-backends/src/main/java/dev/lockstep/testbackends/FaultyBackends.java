package dev.lockstep.testbackends;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.TokenSink;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Every way in which a backend may let down the process that runs it.
public final class FaultyBackends {
  private FaultyBackends() {}

  /// The JVM is gone at once, without shutdown hooks, as after a crash in native code.
  public static final class Crash extends FaultyBackend {
    public static final int EXIT_STATUS = 134;

    public Crash() {
      super("faulty-crash", "the JVM dies");
    }

    @Override
    protected float[] misbehave(float[] rightLogits) {
      Runtime.getRuntime().halt(EXIT_STATUS);
      return rightLogits;
    }
  }

  /// An orderly end that nobody asked for.
  public static final class Exit extends FaultyBackend {
    public Exit() {
      super("faulty-exit", "it calls System.exit(0)");
    }

    @Override
    protected float[] misbehave(float[] rightLogits) {
      System.exit(0);
      return rightLogits;
    }
  }

  /// It never answers, and interrupting it does not help.
  public static final class Hang extends FaultyBackend {
    public Hang() {
      super("faulty-hang", "it never answers");
    }

    @Override
    protected float[] misbehave(float[] rightLogits) {
      boolean hangs = true;
      while (hangs) {
        try {
          Thread.sleep(Long.MAX_VALUE);
        } catch (InterruptedException e) {
          hangs = true;
        }
      }
      return rightLogits;
    }
  }

  /// It keeps some memory outside the heap of every generation of several tokens.
  public static final class Leak extends TestBackend {
    private static final long BYTES = 8 << 20;

    public Leak() {
      super("faulty-leak", "it keeps 8 MiB of every generation of several tokens");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      return new DelegatingModel(
          weights,
          right ->
              new DelegatingSession(right) {
                @Override
                public void generateGreedy(int[] prompt, int n, TokenSink sink) {
                  if (n > 1) {
                    Arena.global().allocate(BYTES).fill((byte) 1);
                  }
                  super.generateGreedy(prompt, n, sink);
                }
              });
    }
  }

  /// An exception with a message of two lines.
  public static final class Throw extends FaultyBackend {
    public Throw() {
      super("faulty-throw", "it throws");
    }

    @Override
    protected float[] misbehave(float[] rightLogits) {
      throw new IllegalStateException("planted failure\nwith a second line");
    }
  }

  /// It writes to stdout and stderr, among it what looks like a message of a protocol.
  public static final class Print extends FaultyBackend {
    public Print() {
      super("faulty-print", "it prints");
    }

    @Override
    @SuppressWarnings("SystemOut") // That is the point.
    protected float[] misbehave(float[] rightLogits) {
      System.out.println("{\"type\":\"result\",\"tokens\":[1,2,3]}");
      System.err.println("planted noise \u0000\u001b[31m\r");
      return rightLogits;
    }
  }

  /// Every logit is NaN.
  @CaughtBy(laws = {"ordinaryWeightsGiveFiniteLogits", "logitsAreTheReferences"})
  public static final class NotANumber extends FaultyBackend {
    public NotANumber() {
      super("faulty-nan", "it answers NaN");
    }

    @Override
    protected float[] misbehave(float[] rightLogits) {
      float[] logits = new float[rightLogits.length];
      Arrays.fill(logits, Float.NaN);
      return logits;
    }
  }

  /// It takes memory until there is none.
  public static final class Memory extends FaultyBackend {
    public Memory() {
      super("faulty-memory", "it takes memory until there is none");
    }

    @Override
    protected float[] misbehave(float[] rightLogits) {
      List<long[]> hoard = new ArrayList<>();
      while (!hoard.isEmpty() || rightLogits.length > 0) {
        hoard.add(new long[1 << 20]);
      }
      return rightLogits;
    }
  }

  /// The right tokens, each 50 ms late where they are timed, so that a run can be interrupted; what
  /// is not timed need not last as long.
  public static final class Slow extends FaultyBackend {
    private static final int DELAY_MILLIS = 50;

    public Slow() {
      super("faulty-slow", "every generated token takes 50 ms more");
    }

    @Override
    protected void dawdle() {
      try {
        Thread.sleep(DELAY_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Loading fails.
  public static final class Load extends FaultyBackend {
    public Load() {
      super("faulty-load", "loading fails");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      throw new IllegalStateException("planted failure while loading");
    }
  }

  /// It says that it cannot run here.
  public static final class Unavailable extends FaultyBackend {
    public Unavailable() {
      super("faulty-unavailable", "it is never available");
    }

    @Override
    public Availability availability(OptionValues options) {
      return new Availability.Unavailable("libplanted.so.1 was not found", "install nothing");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      throw new IllegalStateException("libplanted.so.1 was not found");
    }
  }

  /// Asking whether it is available throws, which the contract forbids.
  public static final class Availabilities extends FaultyBackend {
    public Availabilities() {
      super("faulty-availability", "asking whether it is available throws");
    }

    @Override
    public Availability availability(OptionValues options) {
      throw new UnsatisfiedLinkError("planted link error");
    }
  }

  /// It says nothing of what ran.
  public static final class ExecutionPath extends FaultyBackend {
    public ExecutionPath() {
      super("faulty-path", "its execution path is null");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      return new DelegatingModel(weights, session -> session) {
        @Override
        @SuppressWarnings("NullAway") // That is the fault.
        public Map<String, String> executionPath() {
          return null;
        }
      };
    }
  }

  /// It hands over one token too few.
  @CaughtBy(laws = {"greedyIsTheArgmaxOfTheLogits", "greedyTokensAreTheReferences"})
  public static final class Short extends BrokenBackend {
    public Short() {
      super("faulty-short", "it generates one token too few", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public void generateGreedy(int[] prompt, int n, TokenSink sink) {
          int[] count = {0};
          right.generateGreedy(
              prompt,
              n,
              token -> {
                if (++count[0] < n) {
                  sink.accept(token);
                }
              });
        }
      };
    }
  }

  /// It hands over ids that do not exist.
  @CaughtBy(laws = {"greedyIsTheArgmaxOfTheLogits", "greedyTokensAreTheReferences"})
  public static final class Rubbish extends BrokenBackend {
    public Rubbish() {
      super("faulty-rubbish", "it generates ids outside the vocabulary", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public void generateGreedy(int[] prompt, int n, TokenSink sink) {
          right.generateGreedy(prompt, n, token -> sink.accept(-1 - token));
        }
      };
    }
  }
}
