package dev.lockstep.harness.report;

import dev.lockstep.model.format.OneLine;
import java.util.List;
import java.util.stream.Collectors;

/// A table in GitHub's Markdown.
final class MarkdownTable {
  private final List<String> header;
  private final List<Integer> leftAligned;

  /// @param leftAligned the columns that hold words; the others are aligned to the right
  MarkdownTable(List<String> header, List<Integer> leftAligned) {
    this.header = header;
    this.leftAligned = leftAligned;
  }

  /// Header, a rule, and the lines, each ended by a line feed.
  String text(List<List<String>> lines) {
    StringBuilder text = new StringBuilder(line(header)).append('|');
    for (int i = 0; i < header.size(); i++) {
      text.append(leftAligned.contains(i) ? " --- |" : " ---: |");
    }
    text.append('\n');
    lines.forEach(line -> text.append(line(line)));
    return text.toString();
  }

  private static String line(List<String> cells) {
    return cells.stream()
        .map(MarkdownTable::escaped)
        .collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  /// What a plugin or a prompt file names itself must not become markup.
  static String escaped(String text) {
    return OneLine.of(text).replaceAll("[\\\\`*_<>|\\[\\]]", "\\\\$0");
  }
}
