package dev.lockstep.harness.cli;

import java.util.List;

/// Runs commands one after the other in this JVM, which costs one start instead of many: `--` on
/// the command line separates them. Prints what each exits with. Not by way of `main`, which would
/// choose the locale.
final class CommandsInALocale {
  private CommandsInALocale() {}

  public static void main(String[] arguments) {
    for (String command : String.join("\n", arguments).split("\n--\n", -1)) {
      String[] words = command.split("\n", -1);
      System.out.println("$ " + List.of(words).getFirst());
      System.out.println("exit " + Lockstep.run(words));
    }
    System.exit(0); // a thread of a library may be left, as after any command
  }
}
