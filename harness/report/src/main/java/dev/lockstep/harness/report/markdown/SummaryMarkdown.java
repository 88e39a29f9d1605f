package dev.lockstep.harness.report.markdown;

import dev.lockstep.harness.measurement.statistics.Summary;
import dev.lockstep.harness.report.Figures;
import dev.lockstep.harness.report.ResultSentence;
import dev.lockstep.harness.report.RunCommandLine;
import dev.lockstep.harness.report.RunResults;
import dev.lockstep.harness.report.Standing;
import dev.lockstep.model.format.OneLine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// `summary.md`: a run as GitHub's Markdown, to be pasted into an issue or a pull request. The
/// sentence, the table, and in two lines the command and the machine.
public final class SummaryMarkdown {
  private static final int MAX_CELL = 120;
  private static final int MAX_COMMAND = 500;

  private static final List<String> HEADER =
      List.of(
          "backend",
          "device",
          "TTFT ms",
          "decode tok/s",
          "speed-up",
          "gain",
          "% of limit",
          "match");

  private SummaryMarkdown() {}

  /// The file's text.
  public static String of(RunResults run) {
    List<Standing> standings = Standing.of(run);
    ResultSentence sentence = new ResultSentence(run, standings);
    StringBuilder text = new StringBuilder();
    for (String warning : run.warnings()) {
      text.append("**Warning: ").append(plain(warning, MAX_COMMAND)).append(".**\n\n");
    }
    text.append(plain(sentence.text(), Integer.MAX_VALUE));
    if (sentence.noVerdict() != null) {
      text.append(" There is no verdict: it takes five forks.");
    }
    text.append("\n\n").append(row(HEADER));
    text.append("|---|---|--:|--:|--:|--:|--:|---|\n");
    standings.forEach(standing -> text.append(row(cells(standing))));
    text.append("\n").append(code(RunCommandLine.of(run))).append("  \n");
    text.append(plain(run.environmentText("model", "name") + " on " + run.machine(), MAX_COMMAND));
    return text.append("\n").toString();
  }

  private static List<String> cells(Standing standing) {
    Summary summary = standing.summary();
    boolean timed = standing.hasSpeed();
    List<String> cells = new ArrayList<>(List.of(plain(standing.label(), MAX_CELL)));
    cells.add(plain(summary.device(), MAX_CELL));
    cells.add(timed ? Figures.number(summary.ttftMillis().median()) : "");
    cells.add(timed ? Figures.number(summary.decodeTokensPerSecond()) : "");
    cells.add(Figures.speedUp(standing.speedUp()));
    cells.add(Figures.speedUp(standing.gain()));
    cells.add(timed ? Figures.percent(summary.decodePercentOfLimit()) : "");
    cells.add(plain(standing.match(), MAX_CELL));
    return cells;
  }

  private static String row(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  /// Text that Markdown takes as it is: on one line, with what has a meaning there escaped. A name
  /// with `@` would call somebody.
  private static String plain(String text, int limit) {
    StringBuilder plain = new StringBuilder();
    OneLine.of(text, limit)
        .codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '<' -> plain.append("&lt;");
                case '>' -> plain.append("&gt;");
                case '&' -> plain.append("&amp;");
                case '@' -> plain.append("&#64;");
                case '\\', '`', '*', '_', '[', ']', '|', '#', '~' ->
                    plain.append('\\').appendCodePoint(c);
                default -> plain.appendCodePoint(c);
              }
            });
    return plain.toString();
  }

  /// A span of code, with a fence that is longer than any in it.
  private static String code(String command) {
    String line = OneLine.of(command, MAX_COMMAND);
    int longest = Arrays.stream(line.split("[^`]+", -1)).mapToInt(String::length).max().orElse(0);
    String fence = "`".repeat(longest + 1);
    return fence + " " + line + " " + fence;
  }
}
