package dev.lockstep.gpu.compiler;

/// A runtime compiler did not accept a source. The message ends with the compiler's own log.
public final class CompilationException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  private final String log;

  CompilationException(String message, String log) {
    super(log.isEmpty() ? message : message + "\n" + log);
    this.log = log;
  }

  /// What the compiler said; empty if it said nothing.
  public String log() {
    return log;
  }
}
