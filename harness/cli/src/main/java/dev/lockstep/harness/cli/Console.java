package dev.lockstep.harness.cli;

import java.io.PrintStream;

/// The terminal: data goes to standard output, everything else to standard error.
final class Console {
  private Console() {}

  static void print(String text) {
    System.out.print(text);
    System.out.flush();
  }

  static void println(String line) {
    System.out.println(line);
  }

  static void error(String line) {
    System.err.println(line);
  }

  /// Standard error, for a library that writes its own progress.
  static PrintStream errorStream() {
    return System.err;
  }

  /// Whether somebody watches standard error. The JDK cannot tell, so the launcher does.
  static boolean errorIsTerminal() {
    return Boolean.getBoolean("lockstep.stderr.terminal");
  }
}
