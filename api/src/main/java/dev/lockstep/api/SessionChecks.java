package dev.lockstep.api;

import java.util.Locale;

/// The checks that every session owes its caller, with one wording for all backends.
public final class SessionChecks {
  private SessionChecks() {}

  /// Checks tokens that are about to be appended at `position`.
  ///
  /// @throws IllegalArgumentException if there are none, if one is outside the vocabulary, or if
  ///     they do not fit
  public static void tokens(Gpt2Config config, int position, int[] tokens) {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("no tokens given: at least one is needed");
    }
    if (tokens.length > config.nPositions() - position) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d tokens at position %d do not fit: n_positions is %d",
              tokens.length,
              position,
              config.nPositions()));
    }
    for (int i = 0; i < tokens.length; i++) {
      if (tokens[i] < 0 || tokens[i] >= config.vocabSize()) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "token id %d (at index %d) is outside the vocabulary [0, %d)",
                tokens[i],
                i,
                config.vocabSize()));
      }
    }
  }

  /// Checks a greedy generation that is about to begin at `position`. The last new token needs no
  /// position: nothing is computed after it.
  ///
  /// @param n how many new tokens
  /// @throws IllegalArgumentException if `n` is below 1, if the prompt is not legal, or if the
  ///     prompt and `n − 1` new tokens do not fit
  public static void generate(Gpt2Config config, int position, int[] prompt, int n) {
    if (n < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%d new tokens asked for: at least 1", n));
    }
    tokens(config, position, prompt);
    if (n - 1 > config.nPositions() - position - prompt.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d tokens and %d new ones at position %d do not fit: n_positions is %d, and the last new token needs none",
              prompt.length,
              n,
              position,
              config.nPositions()));
    }
  }

  /// Checks a position that a session is about to be rewound to.
  ///
  /// @throws IllegalArgumentException if it is negative or beyond the session's position
  public static void rewind(int current, int position) {
    if (position < 0 || position > current) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "cannot rewind to position %d: the session holds %d tokens",
              position,
              current));
    }
  }

  /// Checks that something is still open.
  ///
  /// @param what `session` or `model`
  /// @throws IllegalStateException if it is closed
  public static void open(boolean closed, String what) {
    if (closed) {
      throw new IllegalStateException("the " + what + " is closed");
    }
  }
}
