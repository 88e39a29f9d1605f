package dev.lockstep.report;

import dev.lockstep.statistics.Sample;
import dev.lockstep.statistics.SpeedUp;
import dev.lockstep.statistics.Summary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The table at the end of a run: a line per backend over all its prompts.
public final class ResultTable {
  private static final List<String> HEADER =
      List.of("backend", "device", "TTFT ms", "decode tok/s", "speed-up", "% of limit", "match");

  private ResultTable() {}

  /// @param samples in the order in which backends are to appear; speed-ups are over the first of
  ///     them that was timed
  public static String text(List<Sample> samples, double noiseThreshold) {
    Map<String, List<Sample>> byBackend = new LinkedHashMap<>();
    for (Sample sample : samples) {
      byBackend.computeIfAbsent(sample.key().label(), label -> new ArrayList<>()).add(sample);
    }
    List<List<String>> lines = new ArrayList<>();
    Summary baseline = null;
    for (Map.Entry<String, List<Sample>> entry : byBackend.entrySet()) {
      Summary summary = new Summary(entry.getValue());
      if (baseline == null && summary.samples() > 0 && !summary.status().equals(Sample.MISMATCH)) {
        baseline = summary;
      }
      lines.add(line(entry.getKey(), summary, baseline, noiseThreshold));
    }
    return new TextTable(HEADER, List.of(0, 1, 6)).text(lines);
  }

  private static List<String> line(
      String label, Summary summary, @Nullable Summary baseline, double noiseThreshold) {
    boolean wrong = summary.status().equals(Sample.MISMATCH);
    if (summary.samples() == 0 || wrong) {
      // Speed on the prompts that happen to be right would flatter a backend that is wrong.
      String outcome = summary.match().isEmpty() ? summary.status() : summary.match();
      return List.of(label, summary.device(), "", "", "", "", outcome);
    }
    SpeedUp speedUp =
        baseline == null
            ? null
            : summary.speedUpOver(baseline, Sample.Timing::decodeMillis, noiseThreshold);
    String match =
        summary.status().equals(Sample.OK)
            ? summary.match()
            : summary.match() + ", " + summary.status();
    return List.of(
        label,
        summary.device(),
        number(summary.ttftMillis().median()),
        number(summary.decodeTokensPerSecond()),
        speedUp == null ? "" : speedUp(speedUp),
        percent(summary.decodePercentOfLimit()),
        match);
  }

  private static String speedUp(SpeedUp speedUp) {
    String ratio = String.format(Locale.ROOT, "%.2fx", speedUp.ratio());
    Double low = speedUp.low();
    Double high = speedUp.high();
    return low == null || high == null
        ? ratio
        : ratio + String.format(Locale.ROOT, " [%.2f, %.2f]", low, high);
  }

  private static String number(@Nullable Double value) {
    if (value == null) {
      return "";
    }
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 1000 ? "%.1f" : "%.0f", value);
  }

  private static String percent(@Nullable Double value) {
    return value == null ? "" : String.format(Locale.ROOT, value < 10 ? "%.1f" : "%.0f", value);
  }
}
