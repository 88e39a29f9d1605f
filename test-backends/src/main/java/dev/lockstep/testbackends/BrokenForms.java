package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.LogitsConsumerF64;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.TokenSink;
import java.util.function.UnaryOperator;

/// `forward` is right; the same work asked for in another form is not.
public abstract class BrokenForms extends BrokenBackend {
  private final UnaryOperator<InferenceSession> wrap;

  private BrokenForms(String id, String description, UnaryOperator<InferenceSession> wrap) {
    super(id, description, "");
    this.wrap = wrap;
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    return new DelegatingModel(weights, wrap);
  }

  /// An argmax in eight lanes, of which the lowest lane wins a tie, whatever ids they found.
  @CaughtBy(laws = "theLowestIdWinsATie")
  public static final class LaneTies extends BrokenForms {
    private static final int LANES = 8;

    public LaneTies() {
      super("broken-lane-ties", "the lowest lane wins a tie, not the lowest id", Greedy::new);
    }

    private static final class Greedy extends DelegatingSession {
      Greedy(InferenceSession right) {
        super(right);
      }

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
    }
  }

  /// The generation loop has an argmax of its own, in which the highest id wins a tie.
  @CaughtBy(laws = "theLowestIdWinsATie")
  public static final class GenerateTies extends BrokenForms {
    public GenerateTies() {
      super("broken-generate-ties", "generateGreedy lets the highest id win a tie", Loop::new);
    }

    private static final class Loop extends DelegatingSession {
      Loop(InferenceSession right) {
        super(right);
      }

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
    }
  }

  /// Generation takes its prompt for the whole text.
  @CaughtBy(
      steps = {"generate", "rewind", "explain"},
      blamed = "wte+wpe",
      hint = "position 0 takes wte[37], not wte[8]",
      laws = "greedyIsTheArgmaxOfTheLogits")
  public static final class GenerateResets extends BrokenForms {
    public GenerateResets() {
      super("broken-generate-resets", "generateGreedy forgets what came before", Loop::new);
    }

    private static final class Loop extends DelegatingSession {
      Loop(InferenceSession right) {
        super(right);
      }

      @Override
      public void generateGreedy(int[] prompt, int n, TokenSink sink) {
        right.rewind(0);
        right.generateGreedy(prompt, n, sink);
      }
    }
  }

  /// Teacher forcing in double precision does nothing with what it should refuse.
  @CaughtBy(laws = {"badInputIsRefusedAndTheSessionKept", "aClosedSessionRefusesEverything"})
  public static final class DoubleRefusal extends BrokenForms {
    public DoubleRefusal() {
      super("broken-double-refusal", "forwardAllF64 refuses nothing", Doubles::new);
    }

    private static final class Doubles extends DelegatingSession {
      Doubles(InferenceSession right) {
        super(right);
      }

      @Override
      public void forwardAllF64(int[] tokens, LogitsConsumerF64 each) {
        try {
          super.forwardAllF64(tokens, each);
        } catch (IllegalArgumentException | IllegalStateException e) {
          // What was asked for is not there.
        }
      }
    }
  }

  /// The last call is made again, from the array that the caller handed in, before the next.
  @CaughtBy(laws = "theTokensHandedInStayTheCallers")
  public static final class KeptArray extends BrokenForms {
    public KeptArray() {
      super("broken-kept-array", "it reads the caller's tokens after the call", Keeping::new);
    }

    private static final class Keeping extends DelegatingSession {
      private int[] kept = {};

      Keeping(InferenceSession right) {
        super(right);
      }

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
    }
  }

  /// Teacher forcing in double precision counts positions from the call.
  @CaughtBy(laws = "theDoubleLogitsNarrowToTheSingleOnes")
  public static final class DoublePositions extends BrokenForms {
    public DoublePositions() {
      super("broken-double-positions", "forwardAllF64 counts from its own call", Doubles::new);
    }

    private static final class Doubles extends DelegatingSession {
      Doubles(InferenceSession right) {
        super(right);
      }

      @Override
      public void forwardAllF64(int[] tokens, LogitsConsumerF64 each) {
        int first = position();
        super.forwardAllF64(tokens, (position, row) -> each.accept(position - first, row));
      }
    }
  }
}
