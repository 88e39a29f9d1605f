package dev.lockstep.harness.report;

import dev.lockstep.harness.measurement.statistics.Baseline;
import dev.lockstep.harness.measurement.statistics.Disturbances;
import dev.lockstep.harness.measurement.statistics.Flag;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import dev.lockstep.harness.measurement.statistics.Summary;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What the table's figures are worth, in words, a line each.
public final class ResultNotes {
  /// With a larger share of flagged samples, a run should not be trusted.
  private static final double MAX_FLAGGED_SHARE = 0.25;

  /// How often two equal backends are called different: one less the confidence of an interval.
  private static final double FALSE_VERDICTS = 0.05;

  private final Map<String, List<Sample>> byBackend = new LinkedHashMap<>();
  private final Summary baseline;
  private final List<Sample> timed;
  private final VerdictRule rule;

  /// @param samples in the order in which backends are to appear
  public ResultNotes(List<Sample> samples, VerdictRule rule) {
    for (Sample sample : samples) {
      byBackend.computeIfAbsent(sample.key().label(), label -> new ArrayList<>()).add(sample);
    }
    baseline = new Summary(Baseline.of(samples));
    timed = samples.stream().filter(Sample::isTimed).toList();
    this.rule = rule;
  }

  /// Why the run should not be trusted; null if nothing speaks against it.
  public @Nullable String warning() {
    long flagged = timed.stream().filter(sample -> !sample.flags().isEmpty()).count();
    return flagged > MAX_FLAGGED_SHARE * timed.size()
        ? String.format(
            Locale.ROOT,
            "do not trust these figures: %d of %d samples are flagged (%s)",
            flagged,
            timed.size(),
            reasons())
        : null;
  }

  /// What else is to be said.
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (warning() == null) {
      addFlags(lines);
    }
    addTimesToFirstToken(lines);
    addAboveLimit(lines);
    lines.addAll(Disturbances.of(timed));
    addVerdicts(lines);
    return lines;
  }

  private void addFlags(List<String> lines) {
    String flagged =
        byBackend.entrySet().stream()
            .filter(entry -> new Summary(entry.getValue()).flagged() > 0)
            .map(entry -> entry.getKey() + " " + new Summary(entry.getValue()).flagged())
            .collect(Collectors.joining(", "));
    if (!flagged.isEmpty()) {
      lines.add(
          String.format(
              Locale.ROOT, "flagged samples, of %d: %s (%s)", timed.size(), flagged, reasons()));
    }
  }

  private String reasons() {
    Map<Flag, Integer> counts = new EnumMap<>(Flag.class);
    for (Sample sample : timed) {
      sample.flags().forEach(flag -> counts.merge(flag, 1, Integer::sum));
    }
    return counts.entrySet().stream()
        .map(
            entry ->
                String.format(Locale.ROOT, "%d: %s", entry.getValue(), entry.getKey().reason()))
        .collect(Collectors.joining("; "));
  }

  /// The table has one figure for all prompts: where they differ in length it is none of any.
  private void addTimesToFirstToken(List<String> lines) {
    byBackend.forEach(
        (label, samples) -> {
          Map<Length, List<Sample>> byLength =
              samples.stream()
                  .filter(Sample::isTimed)
                  .collect(
                      Collectors.groupingBy(
                          sample -> new Length(sample.depth(), sample.promptTokens()),
                          TreeMap::new,
                          Collectors.toList()));
          if (byLength.size() > 1) {
            lines.add(
                label
                    + ": TTFT ms by prompt tokens: "
                    + byLength.entrySet().stream()
                        .map(
                            entry ->
                                String.format(
                                    Locale.ROOT,
                                    "%s: %.3g",
                                    entry.getKey(),
                                    new Summary(entry.getValue()).ttftMillis().median()))
                        .collect(Collectors.joining(", ")));
          }
        });
  }

  /// How much there is to compute before the first token.
  private record Length(int depth, int promptTokens) implements Comparable<Length> {
    @Override
    public int compareTo(Length other) {
      return Comparator.comparingInt(Length::depth)
          .thenComparingInt(Length::promptTokens)
          .compare(this, other);
    }

    @Override
    public String toString() {
      String tokens = Integer.toString(promptTokens);
      return depth == 0 ? tokens : tokens + " after " + depth;
    }
  }

  private void addAboveLimit(List<String> lines) {
    byBackend.forEach(
        (label, samples) -> {
          Double percent = new Summary(samples).decodePercentOfLimit();
          if (percent != null && percent > 100) {
            lines.add(
                String.format(
                    Locale.ROOT,
                    "%s: %.0f %% of limit: it did not read all weights for every token, or from a nearer memory than the one that was measured",
                    label,
                    percent));
          }
        });
  }

  private void addVerdicts(List<String> lines) {
    int verdicts = 0;
    for (Map.Entry<String, List<Sample>> entry : byBackend.entrySet()) {
      Summary summary = new Summary(entry.getValue());
      if (summary.isWrong() || summary.isApproximate() || isBaseline(entry.getValue())) {
        continue;
      }
      SpeedUp speedUp = summary.speedUpOver(baseline, Sample.Timing::decodeMillis, rule);
      if (speedUp != null && speedUp.verdict() != null && speedUp.detectable() != null) {
        verdicts++;
        lines.add(
            String.format(
                Locale.ROOT,
                "%s: %s; a difference of %.1f %% would have been told nine times in ten",
                entry.getKey(),
                speedUp.verdict(),
                100 * speedUp.detectable()));
      }
    }
    if (verdicts > 1) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%d verdicts at 95 %%: if all backends were equal, %.2g of them would be wrong",
              verdicts,
              FALSE_VERDICTS * verdicts));
    }
  }

  private boolean isBaseline(List<Sample> samples) {
    return baseline.samples() > 0 && samples.getFirst().key().label().equals(baseline.label());
  }
}
