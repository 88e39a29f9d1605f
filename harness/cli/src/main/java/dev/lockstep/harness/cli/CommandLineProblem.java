package dev.lockstep.harness.cli;

import dev.lockstep.harness.worker.error.ShellWord;
import dev.lockstep.model.format.Nearest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// What is wrong with a command line, in one line that says what to do. A text that begins with a
/// dash is told from a slip in an option's name, and neither is taken for something else.
final class CommandLineProblem {
  private static final Pattern OPTION_NAME = Pattern.compile("(--?[A-Za-z][A-Za-z0-9-]*)(=.*)?");
  private static final Pattern ATTACHED = Pattern.compile("(-[A-Za-z])([^=].*)", Pattern.DOTALL);
  private static final Pattern NUMBER = Pattern.compile("\\d+");
  private static final Pattern FOUND = Pattern.compile("(?s).*option '(.*)' but found '(.*)'");

  private CommandLineProblem() {}

  static String describe(ParameterException e, String[] arguments) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
      return unmatched(command, unmatched.getUnmatched().getFirst());
    }
    String message = String.valueOf(e.getMessage());
    if (e instanceof MissingParameterException missing) {
      Matcher found = FOUND.matcher(message);
      if (found.matches()) {
        return "%s needs a value, and %s looks like an option; write %s=%s if that is the value"
            .formatted(
                found.group(1),
                shown(found.group(2)),
                found.group(1),
                ShellWord.shown(found.group(2)));
      }
      boolean positional = missing.getMissing().stream().anyMatch(arg -> arg.isPositional());
      Optional<String> dashed = positional ? dashed(command, arguments) : Optional.empty();
      if (dashed.isPresent()) {
        return unmatched(command, dashed.get());
      }
    }
    return message
        .replace("Missing required option: ", "a required option is missing: ")
        .replace("Missing required parameter: ", "something is missing at the end: ")
        .replaceFirst("is not an int$", "is not a whole number up to 2147483647")
        .replaceFirst("is not a long$", "is not a whole number")
        .replaceFirst("is not a (double|float)$", "is not a number");
  }

  private static String unmatched(CommandSpec command, String word) {
    if (command.parent() == null && !word.startsWith("-")) {
      List<String> commands = List.copyOf(command.subcommands().keySet());
      return "there is no command %s%s; commands are %s"
          .formatted(shown(word), Nearest.hint(word, commands), String.join(", ", commands));
    }
    if (!word.startsWith("-")) {
      return takesText(command)
          ? "%s is one argument too many; put a text of several words in quotes"
              .formatted(shown(word))
          : "%s takes no argument %s%s"
              .formatted(
                  command.name(),
                  shown(word),
                  hasOption(command, "--prompt") ? "; prompts are given with -p" : "");
    }
    Matcher option = OPTION_NAME.matcher(word);
    if (!option.matches()) {
      return "%s begins with a dash, and %s has no such option; %s"
          .formatted(shown(word), command.name(), asText(command, word));
    }
    return "%s has no option '%s'%s%s"
        .formatted(
            command.name(),
            option.group(1),
            Nearest.hint(option.group(1), List.copyOf(command.optionsMap().keySet())),
            takesText(command) ? "; if it is a text, " + asText(command, word) : "");
  }

  /// How a command is given a text that begins with a dash.
  private static String asText(CommandSpec command, String text) {
    if (takesText(command)) {
      return "write it behind --: %s -- %s"
          .formatted(command.qualifiedName(), ShellWord.shown(text));
    }
    return hasOption(command, "--text")
        ? "write it as --text=" + ShellWord.shown(text)
        : command.qualifiedName() + " --help lists the options";
  }

  private static boolean takesText(CommandSpec command) {
    return !command.positionalParameters().isEmpty()
        && command.positionalParameters().getFirst().paramLabel().contains("TEXT");
  }

  private static boolean hasOption(CommandSpec command, String name) {
    return command.optionsMap().containsKey(name);
  }

  private static String shown(String word) {
    return "'" + ShellWord.shortened(word) + "'";
  }

  /// The first word that begins with a dash and is no option.
  private static Optional<String> dashed(CommandSpec command, String[] arguments) {
    return Arrays.stream(arguments)
        .takeWhile(word -> !word.equals("--"))
        .filter(word -> word.startsWith("-"))
        .filter(word -> !command.optionsMap().containsKey(word.replaceFirst("(?s)=.*", "")))
        .filter(word -> !attachedNumber(command, word))
        .findFirst();
  }

  private static boolean attachedNumber(CommandSpec command, String word) {
    Matcher attached = ATTACHED.matcher(word);
    return attached.matches()
        && hasOption(command, attached.group(1))
        && NUMBER.matcher(attached.group(2)).matches();
  }

  /// What is wrong with a short option that has something attached: `-n5` is clear, but in
  /// `run -point` a text would lose its beginning.
  static Optional<String> attached(CommandLine root, String[] arguments) {
    List<String> words = new ArrayList<>(Arrays.asList(arguments));
    Map<String, CommandLine> commands = root.getSubcommands();
    CommandLine named = null;
    while (named == null && !words.isEmpty()) {
      named = commands.get(words.removeFirst());
    }
    if (named == null) {
      return Optional.empty();
    }
    CommandSpec command = named.getCommandSpec();
    return words.stream()
        .takeWhile(word -> !word.equals("--"))
        .map(word -> attached(command, word))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<String> attached(CommandSpec command, String word) {
    Matcher parts = ATTACHED.matcher(word);
    OptionSpec option = parts.matches() ? command.optionsMap().get(parts.group(1)) : null;
    if (option == null || attachedNumber(command, word)) {
      return Optional.empty();
    }
    String meant =
        option.arity().max() == 0
            ? parts.group(1)
            : parts.group(1) + " " + ShellWord.shown(parts.group(2));
    return Optional.of(
        "%s looks like the option %s with something attached; write %s for the option%s"
            .formatted(
                shown(word),
                parts.group(1),
                meant,
                takesText(command) || hasOption(command, "--text")
                    ? "; if it is a text, " + asText(command, word)
                    : ""));
  }
}
