package dev.lockstep.model.format;

/// Text of unknown origin as part of a message: on one line, and harmless to a terminal.
public final class OneLine {
  private OneLine() {}

  /// The text with `?` for control characters and halves of characters.
  public static String of(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              boolean half = Character.getType(c) == Character.SURROGATE;
              line.appendCodePoint(half || Character.isISOControl(c) ? '?' : c);
            });
    return line.toString();
  }

  /// As [#of(String)], cut after `limit` characters.
  public static String of(String text, int limit) {
    return text.length() <= limit ? of(text) : of(text.substring(0, limit)) + "…";
  }
}
