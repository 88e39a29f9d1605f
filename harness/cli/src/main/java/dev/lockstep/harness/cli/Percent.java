package dev.lockstep.harness.cli;

import dev.lockstep.harness.worker.error.UserError;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A percentage of the command line: `5`, `5%` or `2.5%`.
final class Percent {
  private static final Pattern FORM = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,6})?)%?");

  private Percent() {}

  /// As a fraction.
  ///
  /// @throws UserError if it is none
  static double parse(String option, String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw UserError.usage("%s '%s' is not a percentage such as 5%%".formatted(option, text));
    }
    return Double.parseDouble(matcher.group(1)) / 100;
  }
}
