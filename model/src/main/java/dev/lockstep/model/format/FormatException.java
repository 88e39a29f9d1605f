package dev.lockstep.model.format;

import java.nio.file.Path;

/// A file that cannot be read or does not say what its format demands. The message is one line for
/// a user and begins with the file.
public final class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String problem;

  public FormatException(Path file, String problem) {
    super(file + ": " + oneLine(problem));
    this.problem = oneLine(problem);
  }

  public FormatException(Path file, String problem, Throwable cause) {
    super(file + ": " + oneLine(problem), cause);
    this.problem = oneLine(problem);
  }

  /// The message without the file.
  public String problem() {
    return problem;
  }

  /// Text from a file may hold anything; in a message it stays on one line and within reason.
  static String oneLine(String text) {
    StringBuilder line = new StringBuilder(Math.min(text.length(), 512));
    for (int i = 0; i < text.length() && line.length() < 500; i++) {
      char c = text.charAt(i);
      line.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
    }
    return text.length() > 500 ? line.append("…").toString() : line.toString();
  }
}
