package dev.lockstep.harness.cli;

import dev.lockstep.harness.report.Repro;
import java.util.ArrayList;
import java.util.List;

/// The command line that repeats a run on another machine: as it was typed, but for where the
/// results go and whether they were there already.
final class RepeatCommand {
  private RepeatCommand() {}

  /// @param typed the words behind `lockstep`
  /// @param command which of them is the command
  static String of(List<String> typed, String command) {
    List<String> words = new ArrayList<>(List.of("./lockstep", command));
    boolean options = true;
    for (int i = typed.indexOf(command) + 1; i < typed.size(); i++) {
      String word = typed.get(i);
      options &= !word.equals("--");
      if (options && (word.equals("-o") || word.equals("--output"))) {
        i++; // and the directory
      } else if (!options || !(word.equals("--resume") || isOutput(word))) {
        words.add(word);
      }
    }
    return Repro.shell(words);
  }

  private static boolean isOutput(String word) {
    return word.startsWith("--output=") || (word.startsWith("-o") && !word.startsWith("--"));
  }
}
