package dev.lockstep.api;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One sequence of tokens and whatever the backend remembers of it. Single-threaded: the caller
/// uses it from one thread at a time.
///
/// **Errors.** Bad input (an empty token list, an id outside `[0, vocabSize)`, more tokens than
/// `nPositions` allows, a position outside `[0, position()]`) is an [IllegalArgumentException] that
/// names the value and the limit; use after `close` of the session or its model is an
/// [IllegalStateException], whatever the input. Either leaves the session as it was.
/// [SessionChecks] throws them in the words that the contract expects.
///
/// [#forward] and [#rewind] check their input themselves; every default checks its own before the
/// first token. The checks ask [#position], which refuses on a closed session: a session that
/// checks there that it is open does so wherever it hands its position to [SessionChecks].
public interface InferenceSession extends AutoCloseable {

  /// The shape of the model. It may be asked for after `close`, too.
  Gpt2Config config();

  /// How many tokens the session holds, which is the position of the next one.
  ///
  /// @throws IllegalStateException if the session or its model is closed
  int position();

  /// Appends tokens and returns the logits after the last of them. It checks them first:
  /// `SessionChecks.tokens(config(), position(), tokens)`.
  ///
  /// @return `[vocabSize]`, owned by the session, valid until its next call, to be read only. It
  ///     returns only when the values are readable on the host.
  float[] forward(int... tokens);

  /// Appends tokens and returns the id with the greatest logit; the lowest id wins an exact tie. A
  /// backend may override this to leave the logits on the device; it then checks the tokens itself.
  default int forwardGreedy(int... tokens) {
    return Logits.argmax(forward(tokens));
  }

  /// Appends the prompt and generates exactly `n` tokens greedily; end-of-text does not stop it.
  /// After the call the session holds the prompt and the first `n − 1` new tokens. A backend may
  /// override this to keep the loop on the device or to speculate; it still checks the input before
  /// the first token and hands over every token, in order, as soon as it is known on the host.
  ///
  /// @param n how many new tokens, at least 1; `position() + prompt.length + n − 1` must not exceed
  ///     `nPositions`: the last new token is not appended, so it needs no position
  default void generateGreedy(int[] prompt, int n, TokenSink sink) {
    SessionChecks.generate(config(), position(), prompt, n);
    int token = forwardGreedy(prompt);
    sink.accept(token);
    for (int i = 1; i < n; i++) {
      token = forwardGreedy(token);
      sink.accept(token);
    }
  }

  /// Appends tokens and hands over the logits after every one of them (teacher forcing), in order.
  /// A backend may override this to compute them together; it still checks all of them before it
  /// appends the first.
  default void forwardAll(int[] tokens, LogitsConsumer each) {
    SessionChecks.tokens(config(), position(), tokens);
    for (int token : tokens) {
      int position = position();
      each.accept(position, forward(token));
    }
  }

  /// As [#forwardAll], in double precision. A backend that computes in double overrides this; for
  /// the others it widens what [#forwardAll] gives, which is exact, and leaves the checks to it.
  default void forwardAllF64(int[] tokens, LogitsConsumerF64 each) {
    forwardAll(tokens, (position, logits) -> each.accept(position, Precision.widened(logits)));
  }

  /// Forgets every token from `position` on; `rewind(0)` empties the session. It checks the
  /// position first: `SessionChecks.rewind(position(), position)`.
  void rewind(int position);

  /// Shows the activations of the calls that follow to `observer`, or stops showing them if it is
  /// null. Being observed must not change one bit of any result.
  ///
  /// @return the names ([Activations]) that this backend can show; empty if it shows none
  default Set<String> observe(@Nullable ActivationObserver observer) {
    position(); // refuses if the session is closed
    return Set.of();
  }

  /// Appends tokens as [#forward] does and says how long each operation took by the clock of the
  /// device that computes it. Backends whose work runs where the host's clock does not see it, such
  /// as on a GPU, override this; of the others it is found out by when they show what. It computes
  /// in the way that is timed, fused operations included: what belongs to several is counted under
  /// the one that the device spends most of it on.
  ///
  /// @return nanoseconds by name ([Activations]), in the order of the computation; null if the
  ///     backend has no such clock, and then nothing was appended
  default @Nullable Map<String, Long> timeOperations(int... tokens) {
    position(); // refuses if the session is closed
    return null;
  }

  /// Frees what the session owns. Closing twice does nothing.
  @Override
  void close();
}
