package dev.lockstep.harness.worker.error;

import java.util.regex.Pattern;

/// A word of a command line as the user would have to type it.
public final class ShellWord {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=,@%+-]+");

  /// What is longer is cut in a message, and then shows the form alone.
  private static final int LONGEST = 60;

  private ShellWord() {}

  /// Between single quotes, if a shell would change it otherwise.
  public static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /// As [#quoted], and no longer than a line of a message has room for.
  public static String shown(String word) {
    return quoted(shortened(word));
  }

  /// The beginning of a word that is too long for a message.
  public static String shortened(String word) {
    return word.codePointCount(0, word.length()) <= LONGEST
        ? word
        : word.substring(0, word.offsetByCodePoints(0, LONGEST)) + "…";
  }
}
