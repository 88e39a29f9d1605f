package dev.lockstep.harness.report;

import dev.lockstep.model.format.OneLine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Lays out columns for a terminal: as wide as their widest cell, two spaces apart. Cells may hold
/// what a plugin or a driver says, so each is brought to one line.
public final class TextTable {
  private final List<String> header;
  private final List<Integer> leftAligned;

  /// @param leftAligned the columns that hold words; the others are aligned to the right
  public TextTable(List<String> header, List<Integer> leftAligned) {
    this.header = header;
    this.leftAligned = leftAligned;
  }

  /// Header, a rule, and the lines, each ended by a line feed.
  public String text(List<List<String>> lines) {
    int[] widths = new int[header.size()];
    List<List<String>> all = new ArrayList<>();
    all.add(header);
    lines.forEach(line -> all.add(line.stream().map(OneLine::of).toList()));
    for (List<String> line : all) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    all.add(1, Arrays.stream(widths).mapToObj("-"::repeat).toList());
    StringBuilder text = new StringBuilder();
    for (List<String> line : all) {
      StringBuilder row = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String cell = line.get(i);
        String padding = " ".repeat(widths[i] - cell.length());
        row.append(i == 0 ? "" : "  ")
            .append(leftAligned.contains(i) ? cell + padding : padding + cell);
      }
      text.append(row.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
