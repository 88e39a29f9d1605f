package dev.lockstep.harness.report;

import dev.lockstep.harness.measurement.statistics.Agreement;
import dev.lockstep.harness.measurement.statistics.Baseline;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import dev.lockstep.harness.measurement.statistics.Status;
import dev.lockstep.harness.measurement.statistics.Summary;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import dev.lockstep.harness.verification.MatchClass;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The table at the end of a run: a line per backend over all its prompts. Approximate backends
/// compute something else, so they stand in a table of their own, without a speed-up over those
/// that do all the work, and with what their answers are like in place of a match.
public final class ResultTable {
  private static final List<String> HEADER =
      List.of(
          "backend",
          "device",
          "TTFT ms",
          "decode tok/s",
          "spread %",
          "speed-up",
          "% of limit",
          "match");

  private static final List<String> APPROXIMATE_HEADER =
      List.of(
          "backend",
          "device",
          "TTFT ms",
          "decode tok/s",
          "% of limit",
          "% of prompts",
          "% of tokens",
          "% top 1",
          "KL mean",
          "match");

  private ResultTable() {}

  /// @param samples in the order in which backends are to appear; speed-ups are over the
  ///     [Baseline]
  /// @param agreements by the label of each approximate backend
  public static String text(
      List<Sample> samples, Map<String, Agreement> agreements, VerdictRule rule) {
    Map<String, List<Sample>> byBackend = new LinkedHashMap<>();
    for (Sample sample : samples) {
      byBackend.computeIfAbsent(sample.key().label(), label -> new ArrayList<>()).add(sample);
    }
    List<List<String>> lines = new ArrayList<>();
    List<List<String>> apart = new ArrayList<>();
    Summary baseline = new Summary(Baseline.of(samples));
    for (Map.Entry<String, List<Sample>> entry : byBackend.entrySet()) {
      Summary summary = new Summary(entry.getValue());
      Agreement agreement = agreements.get(entry.getKey());
      if (agreement != null) {
        apart.add(approximate(entry.getKey(), summary, agreement));
        continue;
      }
      lines.add(line(entry.getKey(), summary, baseline, rule));
    }
    String table = lines.isEmpty() ? "" : new TextTable(HEADER, List.of(0, 1, 7)).text(lines);
    return apart.isEmpty()
        ? table
        : table
            + (table.isEmpty() ? "" : "\n")
            + "approximate, so not comparable with fp32:\n"
            + new TextTable(APPROXIMATE_HEADER, List.of(0, 1, 9)).text(apart);
  }

  /// What the table's speed-ups mean, in a line; null if it has none.
  ///
  /// @param samples as in [#text]
  public static @Nullable String speedUpMeaning(List<Sample> samples) {
    List<Sample> baseline = Baseline.of(samples);
    boolean alone =
        samples.stream().filter(Sample::isTimed).map(each -> each.key().label()).distinct().count()
            < 2;
    return baseline.isEmpty() || alone
        ? null
        : "speed-up: how many times as fast as %s it decodes the same prompt in the same round; the geometric mean over prompts and forks, the median over rounds"
            .formatted(baseline.getFirst().key().label());
  }

  private static List<String> approximate(String label, Summary summary, Agreement agreement) {
    List<String> line = new ArrayList<>(List.of(label, summary.device()));
    boolean timed = summary.samples() > 0 && !summary.isWrong();
    line.add(timed ? Figures.number(summary.ttftMillis().median()) : "");
    line.add(timed ? Figures.number(summary.decodeTokensPerSecond()) : "");
    line.add(timed ? Figures.percent(summary.decodePercentOfLimit()) : "");
    line.add(percentOf(agreement.prompts()));
    line.add(percentOf(agreement.tokens()));
    line.add(percentOf(agreement.sameBest()));
    line.add(scientific(agreement.meanDivergence()));
    line.add(match(summary));
    return line;
  }

  private static String percentOf(@Nullable Double share) {
    return share == null ? "" : String.format(Locale.ROOT, "%.1f", 100 * share);
  }

  private static String scientific(@Nullable Double value) {
    return value == null ? "" : String.format(Locale.ROOT, "%.1e", value);
  }

  private static List<String> line(
      String label, Summary summary, Summary baseline, VerdictRule rule) {
    if (summary.samples() == 0 || summary.isWrong()) {
      // Speed on the prompts that happen to be right would flatter a backend that is wrong.
      MatchClass match = summary.match();
      String outcome = match == null ? summary.status().label() : match.name();
      return List.of(label, summary.device(), "", "", "", "", "", outcome);
    }
    SpeedUp speedUp = summary.speedUpOver(baseline, Sample.Timing::decodeMillis, rule);
    return List.of(
        label,
        summary.device(),
        Figures.number(summary.ttftMillis().median()),
        Figures.number(summary.decodeTokensPerSecond()),
        Figures.percent(summary.decodeSpreadPercent()),
        Figures.speedUp(speedUp),
        Figures.percent(summary.decodePercentOfLimit()),
        match(summary));
  }

  /// Where samples are missing, also how many there are.
  private static String match(Summary summary) {
    String match = String.valueOf(summary.match());
    if (summary.status() == Status.OK) {
      return match;
    }
    String missing = match + ", " + summary.status().label();
    return summary.samples() == 0
        ? missing
        : missing
            + String.format(Locale.ROOT, ", %d of %d samples", summary.samples(), summary.asked());
  }
}
