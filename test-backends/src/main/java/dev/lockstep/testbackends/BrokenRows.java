package dev.lockstep.testbackends;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Tensor;
import dev.lockstep.backend.naive.f32.Embedding;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.Linear;
import dev.lockstep.backend.naive.f32.LmHead;
import java.util.SplittableRandom;

/// Rows in the wrong place, and rows that are processed too little or too much.
public final class BrokenRows {
  private static final String PROJECTION = "h.1.mlp.c_proj";

  private BrokenRows() {}

  /// The last token of a batch is read from one place too early.
  @CaughtBy(
      steps = {"logits", "batch", "explain"},
      hint = "of the token at position 12, not wte[",
      laws = {"oneForwardEqualsTokenByToken", "aPromptInTwoPartsEqualsThePrompt"})
  public static final class LastToken extends BrokenBackend {
    public LastToken() {
      super(
          "broken-last-token",
          "the last token of a batch is taken for the one before it",
          Activations.EMBEDDING);
    }

    @Override
    protected Embedding embedding(Layers right) {
      return new Embedding(right.weights().wte(), right.weights().wpe()) {
        @Override
        public float[][] forward(int[] tokens, int firstPosition) {
          int[] read = tokens.clone();
          if (read.length > 1) {
            read[read.length - 1] = read[read.length - 2];
          }
          return super.forward(read, firstPosition);
        }
      };
    }
  }

  /// In a batch, every two rows change places on their way out.
  @CaughtBy(
      steps = {"batch", "explain"},
      hint = "position 0 has the row of position 1",
      laws = {"logitsAreTheReferences", "oneForwardEqualsTokenByToken"})
  public static final class Exchanged extends BrokenLinear {
    public Exchanged() {
      super(
          "broken-exchanged-rows", PROJECTION + " exchanges every two rows of a batch", PROJECTION);
    }

    @Override
    protected Linear broken(Tensor weight, Tensor bias) {
      return new Linear(weight, bias) {
        @Override
        public float[][] forward(float[][] x) {
          float[][] y = super.forward(x);
          for (int t = 0; t + 1 < y.length; t += 2) {
            float[] row = y[t];
            y[t] = y[t + 1];
            y[t + 1] = row;
          }
          return y;
        }
      };
    }
  }

  /// A kernel that works in tiles of 32 inputs leaves one of them out.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "input channels 32 to 63 are left out of the sum",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class SkippedTile extends BrokenLinear {
    private static final int TILE = 32;

    public SkippedTile() {
      super("broken-skipped-tile", PROJECTION + " leaves out inputs 32 to 63", PROJECTION);
    }

    @Override
    protected Linear broken(Tensor weight, Tensor bias) {
      int outputs = weight.shape().get(1);
      return new Linear(Tensors.zeros(weight, TILE * outputs, 2 * TILE * outputs), bias);
    }
  }

  /// A tenth of the values is dropped, as in training; by the same draw in every call.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "dropout is left on",
      laws = {"logitsAreTheReferences", "oneForwardEqualsTokenByToken"})
  public static final class Dropout extends BrokenLinear {
    public Dropout() {
      super("broken-dropout", "dropout is left on after " + PROJECTION, PROJECTION);
    }

    @Override
    protected Linear broken(Tensor weight, Tensor bias) {
      return new Linear(weight, bias) {
        @Override
        public float[][] forward(float[][] x) {
          float[][] y = super.forward(x);
          SplittableRandom random = new SplittableRandom(1);
          for (float[] row : y) {
            for (int c = 0; c < row.length; c++) {
              row[c] = random.nextInt(10) == 0 ? 0 : row[c] / 0.9f;
            }
          }
          return y;
        }
      };
    }
  }

  /// The logits are normalised: no token changes, greedily chosen or sampled.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "log-softmax was applied",
      laws = {"logitsAreTheReferences", "zeroWeightsGiveZeroLogits"})
  public static final class LogSoftmax extends BrokenBackend {
    public LogSoftmax() {
      super("broken-log-softmax", "logarithms of probabilities come out", Activations.LM_HEAD);
    }

    @Override
    protected LmHead lmHead(Layers right) {
      return new LmHead(right.weights().lmHead()) {
        @Override
        public float[] forward(float[] x) {
          float[] logits = super.forward(x);
          double sum = 0;
          for (float logit : logits) {
            sum += StrictMath.exp(logit);
          }
          for (int id = 0; id < logits.length; id++) {
            logits[id] -= (float) StrictMath.log(sum);
          }
          return logits;
        }
      };
    }
  }

  /// Logits are kept within the finite numbers, so that an infinite one looks like a great one.
  @CaughtBy(laws = "anInfiniteWeightOfTheHeadSpoilsItsLogitAndNoOther")
  public static final class Clamped extends BrokenBackend {
    public Clamped() {
      super("broken-clamped-logits", "infinite logits come out as finite", "");
    }

    @Override
    protected LmHead lmHead(Layers right) {
      return new LmHead(right.weights().lmHead()) {
        @Override
        public float[] forward(float[] x) {
          float[] logits = super.forward(x);
          for (int id = 0; id < logits.length; id++) {
            logits[id] = Math.clamp(logits[id], -Float.MAX_VALUE, Float.MAX_VALUE);
          }
          return logits;
        }
      };
    }
  }
}
