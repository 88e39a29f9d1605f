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
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Where a backend stands among those of its run.
///
/// @param colour its place among the backends of the page, from 0: the same in every chart
/// @param speedUp how many times as fast it decodes as the baseline; null for one that has no speed
///     or is approximate
/// @param gain how many times as fast as the backend before it that has a speed; null for the first
/// @param agreement with the reference; null unless it declares itself approximate
public record Standing(
    String label,
    int colour,
    List<Sample> samples,
    Summary summary,
    boolean isBaseline,
    @Nullable SpeedUp speedUp,
    @Nullable SpeedUp gain,
    @Nullable Agreement agreement) {

  /// All backends of a run, in the order of the command line.
  public static List<Standing> of(RunResults run) {
    return of(run, labels(List.of(run)));
  }

  /// The backends of several runs, each once, in the order of the command lines.
  public static List<String> labels(List<RunResults> runs) {
    return runs.stream()
        .flatMap(run -> run.samples().stream())
        .map(sample -> sample.key().label())
        .distinct()
        .toList();
  }

  /// As [#of(RunResults)], on a page with others.
  ///
  /// @param colours a backend's place among these is its colour
  public static List<Standing> of(RunResults run, List<String> colours) {
    Map<String, List<Sample>> byBackend = new LinkedHashMap<>();
    for (Sample sample : run.samples()) {
      byBackend.computeIfAbsent(sample.key().label(), label -> new ArrayList<>()).add(sample);
    }
    Map<String, Agreement> agreements = run.agreements();
    VerdictRule rule = run.rule();
    Summary baseline = new Summary(Baseline.of(run.samples()));
    Summary before = null;
    List<Standing> standings = new ArrayList<>();
    for (Map.Entry<String, List<Sample>> entry : byBackend.entrySet()) {
      Summary summary = new Summary(entry.getValue());
      boolean compared = hasSpeed(summary) && !summary.isApproximate();
      standings.add(
          new Standing(
              entry.getKey(),
              colours.indexOf(entry.getKey()),
              entry.getValue(),
              summary,
              baseline.samples() > 0 && entry.getKey().equals(baseline.label()),
              compared ? over(baseline, summary, rule) : null,
              compared && before != null ? over(before, summary, rule) : null,
              agreements.get(entry.getKey())));
      if (compared) {
        before = summary;
      }
    }
    return standings;
  }

  private static @Nullable SpeedUp over(Summary base, Summary own, VerdictRule rule) {
    return own.speedUpOver(base, Sample.Timing::decodeMillis, rule);
  }

  /// Its speed on the prompts that happen to be right would flatter a backend that is wrong.
  private static boolean hasSpeed(Summary summary) {
    return summary.samples() > 0 && !summary.isWrong();
  }

  /// Whether it was timed and none of its answers was wrong.
  public boolean hasSpeed() {
    return hasSpeed(summary);
  }

  /// Whether it takes part in the comparison: it has a speed, and is not approximate.
  public boolean isCompared() {
    return hasSpeed() && !summary.isApproximate();
  }

  /// How its answers compare with the reference's, or why it has none; where samples are missing,
  /// also how many there are.
  public String match() {
    MatchClass match = summary.match();
    if (!hasSpeed()) {
      return match == null ? summary.status().label() : match.name();
    }
    if (summary.status() == Status.OK) {
      return Objects.toString(match, "");
    }
    return String.format(
        Locale.ROOT,
        "%s, %s, %d of %d samples",
        match,
        summary.status().label(),
        summary.samples(),
        summary.asked());
  }
}
