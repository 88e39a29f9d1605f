package dev.lockstep.model.hub;

import java.io.IOException;
import java.time.Duration;

/// A failure that may pass: the request is worth another attempt.
final class TransientFailure extends IOException {
  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  TransientFailure(String message) {
    this(message, Duration.ZERO);
  }

  /// @param retryAfter how long the server asks to be left alone
  TransientFailure(String message, Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  Duration retryAfter() {
    return retryAfter;
  }
}
