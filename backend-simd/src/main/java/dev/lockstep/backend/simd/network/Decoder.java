package dev.lockstep.backend.simd.network;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.backend.simd.tile.RowBlocks;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Runs one session's tokens through the network, as many at a time as fit.
public final class Decoder {
  /// Rows of logits that are computed together when all are asked for: enough for every weight of
  /// lm_head to be used several times, and 5 MB at GPT-2's vocabulary.
  private static final int ROWS_OF_LOGITS = 16;

  private final Gpt2 gpt2;
  private final Pass pass;
  private final Buffer logits;
  private @Nullable Buffer manyLogits;
  private @Nullable ActivationObserver observer;

  public Decoder(Gpt2 gpt2, KvCache cache) {
    this.gpt2 = gpt2;
    pass = new Pass(gpt2, cache);
    logits = new Buffer(1, gpt2.config().vocabSize());
  }

  public void observe(@Nullable ActivationObserver observer) {
    this.observer = observer;
  }

  /// Appends tokens from `position` on.
  ///
  /// @return the logits after the last, in the first `vocabSize` elements; the next call overwrites
  ///     them
  public float[] forward(int[] tokens, int position) {
    run(tokens, position, RequestedLogits.LAST);
    return logits.data;
  }

  /// Appends tokens from `position` on.
  ///
  /// @return the id with the greatest logit after the last
  public int forwardGreedy(int[] tokens, int position) {
    run(tokens, position, RequestedLogits.GREATEST_OF_LAST);
    return pass.greatest();
  }

  private void run(int[] tokens, int position, RequestedLogits ofLast) {
    int most = gpt2.maxRows();
    for (int from = 0; from < tokens.length; from += most) {
      int rows = Math.min(most, tokens.length - from);
      RequestedLogits asked = from + rows == tokens.length ? ofLast : RequestedLogits.NONE;
      pass.run(tokens, from, rows, position + from, asked, logits, observer);
    }
  }

  /// Appends tokens from `position` on and hands over the logits after each.
  public void forwardAll(int[] tokens, int position, LogitsConsumer each) {
    int vocabulary = gpt2.config().vocabSize();
    int most = Math.min(ROWS_OF_LOGITS, gpt2.maxRows());
    Buffer many = manyLogits;
    if (many == null) {
      many = new Buffer(most + RowBlocks.SPARE_ROWS, vocabulary);
      manyLogits = many;
    }
    for (int from = 0; from < tokens.length; from += most) {
      int rows = Math.min(most, tokens.length - from);
      pass.run(tokens, from, rows, position + from, RequestedLogits.ALL, many, observer);
      for (int row = 0; row < rows; row++) {
        int at = row * many.stride;
        each.accept(position + from + row, Arrays.copyOfRange(many.data, at, at + vocabulary));
      }
    }
  }
}
