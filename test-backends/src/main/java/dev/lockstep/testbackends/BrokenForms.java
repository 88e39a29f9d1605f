package dev.lockstep.testbackends;

import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.LogitsConsumerF64;
import dev.lockstep.api.TokenSink;

/// `forward` is right; the same work asked for in another form is not.
public final class BrokenForms {
  private BrokenForms() {}

  /// An argmax in eight lanes, of which the lowest lane wins a tie, whatever ids they found.
  @CaughtBy(laws = "theLowestIdWinsATie")
  public static final class LaneTies extends BrokenBackend {
    private static final int LANES = 8;

    public LaneTies() {
      super("broken-lane-ties", "the lowest lane wins a tie, not the lowest id", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public int forwardGreedy(int... tokens) {
          float[] logits = right.forward(tokens);
          int best = 0;
          for (int lane = 0; lane < LANES; lane++) {
            int bestOfLane = Math.min(lane, logits.length - 1);
            for (int id = lane; id < logits.length; id += LANES) {
              bestOfLane = logits[id] > logits[bestOfLane] ? id : bestOfLane;
            }
            best = lane == 0 || logits[bestOfLane] > logits[best] ? bestOfLane : best;
          }
          return best;
        }
      };
    }
  }

  /// The generation loop has an argmax of its own, in which the highest id wins a tie.
  @CaughtBy(laws = "theLowestIdWinsATie")
  public static final class GenerateTies extends BrokenBackend {
    public GenerateTies() {
      super("broken-generate-ties", "generateGreedy lets the highest id win a tie", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public void generateGreedy(int[] prompt, int n, TokenSink sink) {
          if (n < 1) {
            super.generateGreedy(prompt, n, sink);
          }
          int[] tokens = prompt;
          for (int i = 0; i < n; i++) {
            float[] logits = right.forward(tokens);
            int best = 0;
            for (int id = 1; id < logits.length; id++) {
              best = logits[id] >= logits[best] ? id : best;
            }
            sink.accept(best);
            tokens = new int[] {best};
          }
        }
      };
    }
  }

  /// An argmax in tiles whose last id is never looked at, as a loop that ends one too early.
  @CaughtBy(laws = "everyIdCanWin")
  public static final class LastOfTile extends BrokenBackend {
    private static final int TILE = 128;

    public LastOfTile() {
      super("broken-last-of-tile", "forwardGreedy passes over the last id of every 128", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public int forwardGreedy(int... tokens) {
          float[] logits = right.forward(tokens);
          int best = 0;
          for (int id = 1; id < logits.length; id++) {
            best = id % TILE != TILE - 1 && logits[id] > logits[best] ? id : best;
          }
          return best;
        }
      };
    }
  }

  /// Generation takes its prompt for the whole text.
  @CaughtBy(
      steps = {"generate", "rewind", "explain"},
      blamed = "wte+wpe",
      hint = "position 0 takes wte[37], not wte[8]",
      laws = "greedyIsTheArgmaxOfTheLogits")
  public static final class GenerateResets extends BrokenBackend {
    public GenerateResets() {
      super("broken-generate-resets", "generateGreedy forgets what came before", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public void generateGreedy(int[] prompt, int n, TokenSink sink) {
          right.rewind(0);
          right.generateGreedy(prompt, n, sink);
        }
      };
    }
  }

  /// Teacher forcing in double precision does nothing with what it should refuse.
  @CaughtBy(laws = {"badInputIsRefusedAndTheSessionKept", "aClosedSessionRefusesEverything"})
  public static final class DoubleRefusal extends BrokenBackend {
    public DoubleRefusal() {
      super("broken-double-refusal", "forwardAllF64 refuses nothing", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public void forwardAllF64(int[] tokens, LogitsConsumerF64 each) {
          try {
            super.forwardAllF64(tokens, each);
          } catch (IllegalArgumentException | IllegalStateException e) {
            // What was asked for is not there.
          }
        }
      };
    }
  }

  /// The last call is made again, from the array that the caller handed in, before the next.
  @CaughtBy(laws = "theTokensHandedInStayTheCallers")
  public static final class KeptArray extends BrokenBackend {
    public KeptArray() {
      super("broken-kept-array", "it reads the caller's tokens after the call", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        private int[] kept = {};

        @Override
        public float[] forward(int... tokens) {
          if (kept.length > 0) {
            right.rewind(position() - kept.length);
            right.forward(kept);
          }
          kept = new int[0];
          float[] logits = right.forward(tokens);
          kept = tokens;
          return logits;
        }

        @Override
        public int forwardGreedy(int... tokens) {
          kept = new int[0];
          return super.forwardGreedy(tokens);
        }

        @Override
        public void generateGreedy(int[] prompt, int n, TokenSink sink) {
          kept = new int[0];
          super.generateGreedy(prompt, n, sink);
        }

        @Override
        public void forwardAll(int[] tokens, LogitsConsumer each) {
          kept = new int[0];
          super.forwardAll(tokens, each);
        }

        @Override
        public void rewind(int position) {
          kept = new int[0];
          super.rewind(position);
        }
      };
    }
  }

  /// Teacher forcing in double precision counts positions from the call.
  @CaughtBy(laws = "theDoubleLogitsNarrowToTheSingleOnes")
  public static final class DoublePositions extends BrokenBackend {
    public DoublePositions() {
      super("broken-double-positions", "forwardAllF64 counts from its own call", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public void forwardAllF64(int[] tokens, LogitsConsumerF64 each) {
          int first = position();
          super.forwardAllF64(tokens, (position, row) -> each.accept(position - first, row));
        }
      };
    }
  }
}
