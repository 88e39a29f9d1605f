package dev.lockstep.testbackends;

import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.api.TokenSink;
import java.util.List;
import java.util.function.IntPredicate;

/// The logits are right, and another token is chosen than the best, in `forwardGreedy`, in
/// `generateGreedy`, or in both.
public final class SeededChoice extends SeededFault {
  public SeededChoice() {
    super("choice", "the greedy token is chosen wrongly");
  }

  /// Chooses a token.
  @FunctionalInterface
  private interface Argmax {
    int of(float[] logits);
  }

  /// What sees a logit before logits are compared.
  @FunctionalInterface
  private interface Rounding {
    float of(float logit);
  }

  private enum Where {
    FORWARD_GREEDY("forwardGreedy"),
    GENERATE_GREEDY("generateGreedy"),
    BOTH("forwardGreedy and generateGreedy");

    private final String words;

    Where(String words) {
      this.words = words;
    }
  }

  @Override
  BrokenBackend drawn(Draw draw) {
    Where where = draw.of(List.of(Where.values()));
    int vocabSize = draw.vocabSize();
    int from = draw.id();
    int to = Math.min(vocabSize, from + draw.between(1, Math.max(1, vocabSize / 8)));
    int tile = draw.of(List.of(16, 32, 64, 128));
    int bits = draw.between(8, 14);
    int end = vocabSize - draw.between(1, Math.max(1, vocabSize / 16));
    return switch (draw.between(0, 6)) {
      case 0 ->
          new Choice(
              where,
              "logits are compared in half precision",
              rounded(logit -> Float.float16ToFloat(Float.floatToFloat16(logit))));
      case 1 ->
          new Choice(
              where,
              "logits are compared without their last %s bits".formatted(bits),
              rounded(
                  logit -> Float.intBitsToFloat(Float.floatToRawIntBits(logit) & -(1 << bits))));
      case 2 ->
          new Choice(
              where,
              "ids %s to %s never win".formatted(from, to - 1),
              logits -> argmax(logits, id -> id < from || id >= to));
      case 3 ->
          new Choice(
              where,
              "ids from %s on never win".formatted(end),
              logits -> argmax(logits, id -> id < end));
      case 4 ->
          new Choice(
              where,
              "the last id of every %s never wins".formatted(tile),
              logits -> argmax(logits, id -> id % tile != tile - 1));
      case 5 ->
          new Choice(
              where,
              "the first of the tiles of %s with a good logit wins".formatted(tile),
              logits -> firstTile(logits, tile));
      default -> new Choice(where, "of equal logits the last wins", SeededChoice::last);
    };
  }

  private static Argmax rounded(Rounding rounding) {
    return logits -> {
      int best = 0;
      for (int id = 1; id < logits.length; id++) {
        best = rounding.of(logits[id]) > rounding.of(logits[best]) ? id : best;
      }
      return best;
    };
  }

  private static int argmax(float[] logits, IntPredicate allowed) {
    int best = -1;
    for (int id = 0; id < logits.length; id++) {
      if (allowed.test(id) && (best < 0 || logits[id] > logits[best])) {
        best = id;
      }
    }
    return Math.max(0, best);
  }

  /// The winner of the first tile that comes within a ten thousandth of the best logit.
  private static int firstTile(float[] logits, int tile) {
    float best = logits[argmax(logits, id -> true)];
    float enough = best - 1e-4f * Math.abs(best);
    for (int from = 0; from < logits.length; from += tile) {
      int first = from;
      int winner = argmax(logits, id -> id >= first && id < first + tile);
      if (logits[winner] >= enough) {
        return winner;
      }
    }
    return 0; // They are no numbers.
  }

  private static int last(float[] logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      best = logits[id] >= logits[best] ? id : best;
    }
    return best;
  }

  private static final class Choice extends Drawn {
    private final Where where;
    private final Argmax argmax;

    Choice(Where where, String how, Argmax argmax) {
      super("in %s, %s".formatted(where.words, how));
      this.where = where;
      this.argmax = argmax;
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public int forwardGreedy(int... tokens) {
          return where == Where.GENERATE_GREEDY
              ? right.forwardGreedy(tokens)
              : argmax.of(right.forward(tokens));
        }

        @Override
        public void generateGreedy(int[] prompt, int n, TokenSink sink) {
          if (where == Where.FORWARD_GREEDY) {
            right.generateGreedy(prompt, n, sink);
            return;
          }
          SessionChecks.generate(config(), position(), prompt, n);
          int token = argmax.of(right.forward(prompt));
          sink.accept(token);
          for (int i = 1; i < n; i++) {
            token = argmax.of(right.forward(token));
            sink.accept(token);
          }
        }
      };
    }
  }
}
