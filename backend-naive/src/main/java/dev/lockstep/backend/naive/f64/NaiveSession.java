package dev.lockstep.backend.naive.f64;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.Logits;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.LogitsConsumerF64;
import dev.lockstep.api.Precision;
import dev.lockstep.api.SessionChecks;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A sequence that remembers its tokens and nothing else: every call computes it from the start.
///
/// **Cost.** A token at position p costs `24 · L · C²` FLOPs for each of the p + 1 rows, attention
/// among them, and one row of `lm_head`: generating n tokens is O(n²) in the weights and O(n³) in
/// attention.
final class NaiveSession implements InferenceSession {
  private final NaiveModel model;
  private final Gpt2 gpt2;
  private int[] tokens = {};
  private @Nullable ActivationObserver observer;
  private boolean closed;

  NaiveSession(NaiveModel model, Gpt2 gpt2) {
    this.model = model;
    this.gpt2 = gpt2;
  }

  @Override
  public Gpt2Config config() {
    return gpt2.config();
  }

  @Override
  public int position() {
    checkOpen();
    return tokens.length;
  }

  /// As [#forwardF64], narrowed.
  @Override
  public float[] forward(int... appended) {
    return Precision.narrowed(forwardF64(appended));
  }

  @Override
  public int forwardGreedy(int... appended) {
    return Logits.argmax(forwardF64(appended));
  }

  /// Appends tokens and returns the logits after the last of them.
  public double[] forwardF64(int... appended) {
    SessionChecks.tokens(config(), position(), appended);
    ActivationTap tap = new ActivationTap(observer, 0, position());
    int[] sequence = concatenate(tokens, appended);
    double[][] x = gpt2.hidden(sequence, tap);
    double[] logits = gpt2.logits(x[x.length - 1], x.length - 1, tap);
    tokens = sequence;
    return logits;
  }

  @Override
  public void forwardAll(int[] appended, LogitsConsumer each) {
    forwardAllF64(
        appended, (position, logits) -> each.accept(position, Precision.narrowed(logits)));
  }

  @Override
  public void forwardAllF64(int[] appended, LogitsConsumerF64 each) {
    SessionChecks.tokens(config(), position(), appended);
    int first = position();
    ActivationTap tap = new ActivationTap(observer, 0, first);
    int[] sequence = concatenate(tokens, appended);
    double[][] x = gpt2.hidden(sequence, tap);
    tokens = sequence;
    for (int position = first; position < x.length; position++) {
      each.accept(position, gpt2.logits(x[position], position, tap));
    }
  }

  @Override
  public void rewind(int position) {
    SessionChecks.rewind(position(), position);
    tokens = Arrays.copyOf(tokens, position);
  }

  @Override
  public Set<String> observe(@Nullable ActivationObserver observer) {
    checkOpen();
    this.observer = observer;
    return new LinkedHashSet<>(Activations.all(config()));
  }

  private void checkOpen() {
    SessionChecks.open(closed, "session");
    model.checkOpen();
  }

  private static int[] concatenate(int[] head, int[] tail) {
    int[] all = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, all, head.length, tail.length);
    return all;
  }

  @Override
  public void close() {
    closed = true;
    tokens = new int[0];
    observer = null;
  }
}
