package dev.lockstep.gpu.kernel;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// C text with holes, `${name}`. What goes into a hole keeps the indentation of its line; a line
/// that is nothing but an empty hole vanishes.
final class Template {
  private static final Pattern HOLE = Pattern.compile("\\$\\{(\\w+)}");

  private final String text;
  private final Map<String, String> values = new HashMap<>();

  Template(String text) {
    this.text = text;
  }

  Template with(String name, String value) {
    values.put(name, value);
    return this;
  }

  Template with(String name, long value) {
    return with(name, Long.toString(value));
  }

  /// The text with its holes filled, and the holes in what filled them.
  ///
  /// @throws IllegalStateException if a hole has no value
  String fill() {
    String filled = text;
    while (HOLE.matcher(filled).find()) {
      filled = fillOnce(filled);
    }
    return filled;
  }

  private String fillOnce(String text) {
    StringBuilder filled = new StringBuilder();
    for (String line : text.split("\n", -1)) {
      String alone = line.strip();
      if (HOLE.matcher(alone).matches()) {
        String value = value(alone.substring(2, alone.length() - 1));
        if (!value.isEmpty()) {
          String indent = line.substring(0, line.indexOf('$'));
          value
              .stripTrailing()
              .lines()
              .forEach(l -> filled.append(l.isEmpty() ? "" : indent + l).append('\n'));
        }
      } else {
        Matcher matcher = HOLE.matcher(line);
        filled
            .append(matcher.replaceAll(m -> Matcher.quoteReplacement(value(m.group(1)))))
            .append('\n');
      }
    }
    filled.setLength(filled.length() - 1);
    return filled.toString();
  }

  private String value(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalStateException("no value for ${" + name + "}");
    }
    return value;
  }
}
