package dev.lockstep.harness.worker.engine;

/// An engine did not do what it was asked, or did it in a way that cannot be used. The message is
/// one line.
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EngineException(String message) {
    super(message);
  }

  EngineException(String message, Throwable cause) {
    super(message, cause);
  }
}
