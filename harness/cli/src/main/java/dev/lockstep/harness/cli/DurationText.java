package dev.lockstep.harness.cli;

import dev.lockstep.harness.worker.error.UserError;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How long something may take, as people write it: `90s`, `3m`, `1h`; seconds where no unit is
/// given.
final class DurationText {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(s|m|h)?");

  private DurationText() {}

  /// @param option named if it is no time
  static Duration parse(String option, String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw UserError.usage("%s '%s' is not a time such as 90s, 3m or 1h".formatted(option, text));
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      case null, default -> Duration.ofSeconds(count);
    };
  }
}
