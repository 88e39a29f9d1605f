package dev.lockstep.model.hub;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A failure that may pass: the request is worth another attempt.
final class TransientFailure extends IOException {
  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;
  private final String remedy;

  TransientFailure(String message) {
    this(message, Duration.ZERO);
  }

  /// @param retryAfter how long the server asks to be left alone
  TransientFailure(String message, Duration retryAfter) {
    this(message, retryAfter, "try again later", null);
  }

  /// @param remedy what to do if it does not pass
  TransientFailure(String message, String remedy, Throwable cause) {
    this(message, Duration.ZERO, remedy, cause);
  }

  private TransientFailure(
      String message, Duration retryAfter, String remedy, @Nullable Throwable cause) {
    super(message, cause);
    this.retryAfter = retryAfter;
    this.remedy = remedy;
  }

  Duration retryAfter() {
    return retryAfter;
  }

  String remedy() {
    return remedy;
  }
}
