package dev.lockstep.harness.worker.error;

/// The exit codes of every command.
public final class ExitCode {
  public static final int OK = 0;
  public static final int ERROR = 1;
  public static final int USAGE = 2;

  /// A backend's output differs from the reference, or it breaks a law of the contract.
  public static final int MISMATCH = 3;

  /// A comparison found a regression.
  public static final int REGRESSION = 4;

  /// A backend that was asked for by name cannot run here.
  public static final int UNAVAILABLE = 5;

  private ExitCode() {}
}
