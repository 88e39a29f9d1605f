package dev.lockstep.harness.cli;

import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// How the directories under `runs/` are called. Two that begin in the same second are told apart
/// by a number, which is given when the directory is made.
final class RunName {
  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

  private RunName() {}

  static String timestamp() {
    return TIMESTAMP.format(LocalDateTime.now(ZoneId.systemDefault()));
  }
}
