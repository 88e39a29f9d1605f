package dev.lockstep.harness.worker.error;

/// Something the user can do something about. The message is one line that names what was wrong and
/// what to do; it is printed without a stack trace.
public final class UserError extends RuntimeException {
  private final int exitCode;

  private UserError(int exitCode, String message, Throwable cause) {
    super(oneLine(message), cause);
    this.exitCode = exitCode;
  }

  private UserError(int exitCode, String message) {
    super(oneLine(message));
    this.exitCode = exitCode;
  }

  /// What a file or an argument says may be part of a message, and must not disturb the terminal.
  private static String oneLine(String message) {
    return message
        .codePoints()
        .map(c -> Character.isISOControl(c) ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /// A file, the environment or a plugin is at fault.
  public static UserError error(String message) {
    return new UserError(ExitCode.ERROR, message);
  }

  /// As [#error(String)], keeping the cause for `--stacktrace`.
  public static UserError error(String message, Throwable cause) {
    return new UserError(ExitCode.ERROR, message, cause);
  }

  /// The command line is at fault.
  public static UserError usage(String message) {
    return new UserError(ExitCode.USAGE, message);
  }

  /// A backend that was asked for by name cannot run here.
  public static UserError unavailable(String message) {
    return new UserError(ExitCode.UNAVAILABLE, message);
  }

  public int exitCode() {
    return exitCode;
  }
}
