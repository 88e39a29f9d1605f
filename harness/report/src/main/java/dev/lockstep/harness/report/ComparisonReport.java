package dev.lockstep.harness.report;

import dev.lockstep.harness.measurement.compare.Comparison;
import dev.lockstep.harness.measurement.compare.Comparison.Row;
import dev.lockstep.harness.measurement.results.EnvironmentJson;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A comparison as a table for a terminal, as Markdown, and as JSON.
public final class ComparisonReport {
  /// The columns of [#lines].
  public static final List<String> HEADER =
      List.of(
          "backend",
          "prompt",
          "figure",
          "A",
          "B",
          "B over A",
          "95 % interval",
          "detectable %",
          "verdict");

  /// Which of them hold words.
  public static final List<Integer> WORDS = List.of(0, 1, 2, 8);

  private final Comparison comparison;

  public ComparisonReport(Comparison comparison) {
    this.comparison = comparison;
  }

  /// What is compared, and a line for each figure; the notes are not in it.
  public String text() {
    return "A: %s\nB: %s\ncompared: %s\n\n%s"
        .formatted(
            comparison.before(),
            comparison.after(),
            comparison.compared(),
            new TextTable(HEADER, WORDS).text(lines()));
  }

  /// As [#text], with the notes.
  public String markdown() {
    String notes =
        notes().stream()
            .map(note -> "- " + MarkdownTable.escaped(note) + "\n")
            .collect(Collectors.joining());
    return "A: %s  \nB: %s  \ncompared: %s\n\n%s%s"
        .formatted(
            MarkdownTable.escaped(comparison.before()),
            MarkdownTable.escaped(comparison.after()),
            MarkdownTable.escaped(comparison.compared()),
            new MarkdownTable(HEADER, WORDS).text(lines()),
            notes.isEmpty() ? "" : "\n" + notes);
  }

  /// Described in `results/SCHEMA.md`.
  public String json() {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("format", "lockstep-comparison/1");
    content.put("a", comparison.before());
    content.put("b", comparison.after());
    content.put("compared", comparison.compared());
    content.put("rows", comparison.rows().stream().map(ComparisonReport::json).toList());
    content.put("notes", notes());
    return EnvironmentJson.text(content);
  }

  private static Map<String, Object> json(Row row) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("backend", row.backend());
    map.put("prompt", row.workload());
    map.put("metric", row.metric().column());
    put(map, "a", row.before());
    put(map, "b", row.after());
    SpeedUp speedUp = row.speedUp();
    if (speedUp != null) {
      map.put("ratio", speedUp.ratio());
      put(map, "low", speedUp.low());
      put(map, "high", speedUp.high());
      put(map, "detectable_pct", percent(speedUp));
    }
    map.put("verdict", row.conclusion().label());
    map.put("reason", row.reason());
    map.put("anchors", row.anchors());
    return map;
  }

  private static void put(Map<String, Object> map, String key, @Nullable Double value) {
    if (value != null) {
      map.put(key, value);
    }
  }

  /// Why rows have no verdict, once each, and what else should be known.
  public List<String> notes() {
    Map<String, Set<String>> byReason = new LinkedHashMap<>();
    for (Row row : comparison.rows()) {
      if (!row.reason().isEmpty()) {
        byReason.computeIfAbsent(row.reason(), reason -> new LinkedHashSet<>()).add(row.backend());
      }
    }
    List<String> notes = new ArrayList<>();
    byReason.forEach(
        (reason, backends) ->
            notes.add("no verdict on %s: %s".formatted(String.join(", ", backends), reason)));
    notes.addAll(comparison.notes());
    long verdicts = comparison.verdicts();
    if (verdicts > 1) {
      notes.add(
          String.format(
              Locale.ROOT,
              "%d verdicts at 95 %%: if nothing had changed, %.2g of them would be wrong",
              verdicts,
              Comparison.FALSE_VERDICTS * verdicts));
    }
    return notes;
  }

  /// A row for each figure.
  public List<List<String>> lines() {
    return comparison.rows().stream().map(ComparisonReport::line).toList();
  }

  private static List<String> line(Row row) {
    SpeedUp speedUp = row.speedUp();
    Double low = speedUp == null ? null : speedUp.low();
    Double high = speedUp == null ? null : speedUp.high();
    Double detectable = speedUp == null ? null : percent(speedUp);
    return List.of(
        row.backend(),
        row.workload(),
        row.metric().title(),
        number(row.before()),
        number(row.after()),
        speedUp == null ? "" : String.format(Locale.ROOT, "%.3fx", speedUp.ratio()),
        low == null || high == null ? "" : String.format(Locale.ROOT, "[%.3f, %.3f]", low, high),
        detectable == null ? "" : String.format(Locale.ROOT, "%.1f", detectable),
        row.conclusion().label());
  }

  private static @Nullable Double percent(SpeedUp speedUp) {
    Double detectable = speedUp.detectable();
    return detectable == null ? null : (Double) (100 * detectable);
  }

  private static String number(@Nullable Double value) {
    if (value == null) {
      return "";
    }
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 1000 ? "%.1f" : "%.0f", value);
  }
}
