package dev.lockstep.testbackends;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.backend.naive.f32.Embedding;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.LmHead;

/// Bugs where tokens come in and where logits go out.
public final class BrokenEnds {
  private BrokenEnds() {}

  /// Every token stands one position too late (the last one aside).
  @CaughtBy(
      steps = {"tokens", "logits", "explain"},
      hint = "wpe[t + 1]",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class Position extends BrokenBackend {
    public Position() {
      super("broken-position", "positions are counted from 1", Activations.EMBEDDING);
    }

    @Override
    protected Embedding embedding(Layers right) {
      Gpt2Weights weights = right.weights();
      return new Embedding(weights.wte(), weights.wpe()) {
        @Override
        public float[][] forward(int[] tokens, int firstPosition) {
          int last = right.config().nPositions() - tokens.length;
          return super.forward(tokens, Math.min(firstPosition + 1, last));
        }
      };
    }
  }

  /// After the first call, every token stands at the position of the call before.
  @CaughtBy(
      steps = {"batch", "explain"},
      hint = "wpe[t - 1]",
      laws = {"oneForwardEqualsTokenByToken", "aPromptInTwoPartsEqualsThePrompt"})
  public static final class PositionAfterPrefill extends BrokenBackend {
    public PositionAfterPrefill() {
      super("broken-decode-position", "decoding is one position behind", Activations.EMBEDDING);
    }

    @Override
    protected Embedding embedding(Layers right) {
      return new Embedding(right.weights().wte(), right.weights().wpe()) {
        @Override
        public float[][] forward(int[] tokens, int firstPosition) {
          return super.forward(tokens, Math.max(0, firstPosition - 1));
        }
      };
    }
  }

  /// The token embedding where the checkpoint has a head of its own.
  @CaughtBy(
      steps = {"tokens", "logits", "explain"},
      hint = "lm_head.weight is ignored",
      laws = {"greedyTokensAreTheReferences", "everyIdOfALargeVocabularyIsKnown"})
  public static final class TiedHead extends BrokenBackend {
    public TiedHead() {
      super("broken-tied-head", "an untied lm_head is ignored", Activations.LM_HEAD);
    }

    @Override
    protected LmHead lmHead(Layers right) {
      return new LmHead(right.weights().wte());
    }
  }
}
