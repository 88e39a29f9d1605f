package dev.lockstep.harness.cli;

import dev.lockstep.harness.report.Repro;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The command line that goes on with a run, as the user can paste it.
final class ResumeCommand {
  private ResumeCommand() {}

  /// @param typed the words behind `lockstep`
  /// @param command which of them is the command: options go right behind it, since a `--` further
  ///     on
  ///     would turn them into prompts
  /// @param resumes whether they say `--resume` already
  /// @param directory what to add as `-o`, or null if they name it
  static String of(List<String> typed, String command, boolean resumes, @Nullable Path directory) {
    List<String> added = new ArrayList<>();
    if (!resumes) {
      added.add("--resume");
    }
    if (directory != null) {
      added.addAll(List.of("-o", directory.toString()));
    }
    List<String> words = new ArrayList<>(typed);
    words.addAll(words.indexOf(command) + 1, added);
    words.addFirst(launcher());
    return Repro.shell(words);
  }

  /// The launcher says where it lies; from its own directory it is called as `./lockstep`.
  private static String launcher() {
    String home = System.getProperty("lockstep.home", "");
    if (home.isEmpty()) {
      return "lockstep";
    }
    Path here = Path.of("").toAbsolutePath();
    Path launcher = Path.of(home, "lockstep");
    return launcher.getParent() != null && launcher.getParent().equals(here)
        ? "./lockstep"
        : launcher.toString();
  }
}
