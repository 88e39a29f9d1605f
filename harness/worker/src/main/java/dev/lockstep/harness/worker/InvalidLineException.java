package dev.lockstep.harness.worker;

/// A line that is no message of the protocol.
final class InvalidLineException extends Exception {
  private static final int MAX_CHARACTERS = 80;

  /// @param problem what is wrong with it
  InvalidLineException(String line, String problem) {
    super("%s: %s".formatted(problem, excerpt(line)));
  }

  private static String excerpt(String line) {
    String text = line.length() > MAX_CHARACTERS ? line.substring(0, MAX_CHARACTERS) + "..." : line;
    return text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
  }
}
