package dev.lockstep.harness.cli;

/// The script that started this process, for commands that the user is told to run.
final class Launcher {
  private Launcher() {}

  /// It as the user called it: `./lockstep`.
  static String command() {
    return System.getProperty("lockstep.command", "lockstep");
  }
}
