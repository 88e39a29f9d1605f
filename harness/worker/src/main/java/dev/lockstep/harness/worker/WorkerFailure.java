package dev.lockstep.harness.worker;

/// A worker did not do what it was asked. The message is one line for the user.
public final class WorkerFailure extends Exception {

  /// What kind of failure.
  public enum Kind {
    /// The process ended by itself or was killed.
    CRASHED,
    /// It did not answer in time and was killed.
    TIMEOUT,
    /// The backend threw; the worker goes on.
    ERROR,
    /// The Java heap was exhausted; the worker has ended.
    OUT_OF_MEMORY,
    /// The answer was not one that the protocol allows.
    INVALID_REPLY,
    /// Somebody else's program does not answer such requests; it goes on.
    NOT_OFFERED
  }

  private final Kind kind;
  private final String message;

  public WorkerFailure(Kind kind, String message) {
    super(message);
    this.kind = kind;
    this.message = message;
  }

  @Override
  public String getMessage() {
    return message;
  }

  public Kind kind() {
    return kind;
  }

  /// Whether the worker can still be used.
  public boolean workerIsAlive() {
    return kind == Kind.ERROR || kind == Kind.NOT_OFFERED;
  }
}
