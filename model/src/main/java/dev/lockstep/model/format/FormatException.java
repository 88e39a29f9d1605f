package dev.lockstep.model.format;

import java.nio.file.Path;

/// A file that cannot be read or does not say what its format demands. The message is one line for
/// a user and begins with the file.
public final class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// A problem quotes the file, and a file may hold a name as long as itself.
  private static final int MAX_PROBLEM_LENGTH = 500;

  private final String problem;

  public FormatException(Path file, String problem) {
    super(OneLine.of(file.toString()) + ": " + OneLine.of(problem, MAX_PROBLEM_LENGTH));
    this.problem = OneLine.of(problem, MAX_PROBLEM_LENGTH);
  }

  public FormatException(Path file, String problem, Throwable cause) {
    super(OneLine.of(file.toString()) + ": " + OneLine.of(problem, MAX_PROBLEM_LENGTH), cause);
    this.problem = OneLine.of(problem, MAX_PROBLEM_LENGTH);
  }

  /// The message without the file.
  public String problem() {
    return problem;
  }
}
