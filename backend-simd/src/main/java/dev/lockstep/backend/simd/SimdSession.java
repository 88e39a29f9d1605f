package dev.lockstep.backend.simd;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.api.TokenSink;
import dev.lockstep.backend.simd.draft.DraftCount;
import dev.lockstep.backend.simd.draft.PromptLookup;
import dev.lockstep.backend.simd.net.Decoder;
import dev.lockstep.backend.simd.net.Gpt2;
import dev.lockstep.backend.simd.net.KvCache;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A sequence and its keys and values.
final class SimdSession implements InferenceSession {
  private final SimdModel model;
  private final Gpt2Config config;
  private final SimdOptions options;
  private final DraftCount drafts;
  private final Arena arena = Arena.ofShared();
  private final Decoder decoder;
  private final float[] logits;

  /// The tokens at positions 0 … position − 1.
  private final int[] text;

  private int position;
  private boolean closed;

  SimdSession(SimdModel model, Gpt2 gpt2, SimdOptions options, DraftCount drafts) {
    this.model = model;
    this.options = options;
    this.drafts = drafts;
    config = gpt2.config();
    decoder = new Decoder(gpt2, new KvCache(config, options.aligned(), arena));
    logits = new float[config.vocabSize()];
    text = new int[config.nPositions()];
  }

  @Override
  public int position() {
    return position;
  }

  @Override
  public float[] forward(int... tokens) {
    checkAppend(tokens);
    float[] padded = decoder.forward(tokens, position);
    append(tokens, tokens.length);
    System.arraycopy(padded, 0, logits, 0, logits.length);
    return logits;
  }

  @Override
  public int forwardGreedy(int... tokens) {
    checkAppend(tokens);
    int greatest = decoder.forwardGreedy(tokens, position);
    append(tokens, tokens.length);
    return greatest;
  }

  @Override
  public void generateGreedy(int[] prompt, int n, TokenSink sink) {
    checkOpen();
    SessionChecks.generate(config, position, prompt, n);
    if (options.lookupDraft() && !decoder.isObserved()) {
      generateWithDrafts(prompt, n, sink);
    } else {
      InferenceSession.super.generateGreedy(prompt, n, sink);
    }
  }

  /// Nobody is shown a draft that is not accepted: who watches gets the plain loop.
  ///
  /// Every pass takes the last token and a draft of what may follow, and gives the token that the
  /// model chooses after each. As long as the draft foretold it, the next choice stands too: it was
  /// made after exactly the tokens that greedy decoding would have fed, and a pass over several
  /// tokens gives the bits of several passes over one.
  private void generateWithDrafts(int[] prompt, int n, TokenSink sink) {
    int[] chosen = new int[PromptLookup.MOST + 1];
    int[] draft = new int[PromptLookup.MOST + 1];
    int token = forwardGreedy(prompt);
    sink.accept(token);
    for (int done = 1; done < n; ) {
      draft[0] = token;
      text[position] = token;
      int drafted =
          PromptLookup.propose(
              text, position + 1, draft, 1, Math.min(PromptLookup.MOST, n - done - 1));
      int accepted = drafted == 0 ? choose(token, chosen) : choose(draft, drafted, chosen);
      drafts.add(drafted, accepted);
      for (int i = 0; i <= accepted; i++) {
        sink.accept(chosen[i]);
      }
      done += accepted + 1;
      token = chosen[accepted];
    }
  }

  private int choose(int token, int[] chosen) {
    chosen[0] = forwardGreedy(token);
    return 0;
  }

  /// Appends `draft[0]` and as many of the `drafted` tokens after it as the model chooses itself.
  ///
  /// @return how many those are; `chosen` has one more
  private int choose(int[] draft, int drafted, int[] chosen) {
    int[] tokens = Arrays.copyOf(draft, drafted + 1);
    decoder.forwardAllGreedy(tokens, position, chosen);
    int accepted = 0;
    while (accepted < drafted && tokens[accepted + 1] == chosen[accepted]) {
      accepted++;
    }
    append(tokens, accepted + 1);
    return accepted;
  }

  @Override
  public void forwardAll(int[] tokens, LogitsConsumer each) {
    checkAppend(tokens);
    int first = position;
    decoder.forwardAll(
        tokens,
        first,
        (at, logitsThere) -> {
          text[at] = tokens[at - first];
          position = at + 1;
          each.accept(at, logitsThere);
        });
  }

  private void append(int[] tokens, int count) {
    System.arraycopy(tokens, 0, text, position, count);
    position += count;
  }

  @Override
  public void rewind(int position) {
    checkOpen();
    SessionChecks.rewind(this.position, position);
    this.position = position;
  }

  @Override
  public Set<String> observe(@Nullable ActivationObserver observer) {
    checkOpen();
    decoder.observe(observer);
    return new LinkedHashSet<>(Activations.all(config));
  }

  private void checkAppend(int[] tokens) {
    checkOpen();
    SessionChecks.tokens(config, position, tokens);
  }

  private void checkOpen() {
    SessionChecks.open(closed, "session");
    model.checkOpen();
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      model.forget(this);
      arena.close();
    }
  }
}
