package dev.lockstep.harness.measurement.results;

import dev.lockstep.harness.measurement.statistics.Baseline;
import dev.lockstep.harness.measurement.statistics.Distribution;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import dev.lockstep.harness.measurement.statistics.Summary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `summary.csv`: a row per backend and prompt.
public final class SummaryCsv {
  public static final String FILE_NAME = "summary.csv";
  public static final List<String> HEADER =
      List.of(
          "backend",
          "options",
          "device",
          "prompt_id",
          "prompt_tokens",
          "new_tokens",
          "status",
          "match",
          "forks",
          "samples",
          "flagged",
          "ttft_ms_median",
          "ttft_ms_mean",
          "ttft_ms_stddev",
          "ttft_ms_p99",
          "ttft_outliers",
          "tpot_ms_median",
          "tpot_ms_mean",
          "tpot_ms_stddev",
          "tpot_outliers",
          "itl_ms_median",
          "itl_ms_p99",
          "itl_ms_max",
          "e2e_ms_median",
          "prefill_tps",
          "decode_tps",
          "load_ms",
          "cold_ttft_ms",
          "peak_rss_bytes",
          "prefill_pct_of_limit",
          "decode_pct_of_limit",
          "ttft_speedup",
          "decode_speedup",
          "decode_speedup_low",
          "decode_speedup_high",
          "decode_verdict",
          "reason");

  private SummaryCsv() {}

  /// The rows of a run.
  ///
  /// @param samples in the order in which backends and prompts are to appear; speed-ups are over
  ///     the [Baseline]
  public static List<List<String>> rows(List<Sample> samples, double noiseThreshold) {
    Map<String, List<Sample>> baseline =
        Baseline.of(samples).stream()
            .collect(Collectors.groupingBy(sample -> sample.key().promptId()));
    Map<List<String>, List<Sample>> groups = new LinkedHashMap<>();
    for (Sample sample : samples) {
      groups.computeIfAbsent(group(sample.key()), key -> new ArrayList<>()).add(sample);
    }
    List<List<String>> rows = new ArrayList<>();
    groups.forEach(
        (group, own) -> {
          Summary base = new Summary(baseline.getOrDefault(group.getLast(), List.of()));
          Summary summary = new Summary(own);
          // What computes less has no speed-up over what computes everything.
          boolean comparable = !summary.match().equals(Sample.APPROXIMATE);
          rows.add(row(own, summary, comparable ? base : new Summary(List.of()), noiseThreshold));
        });
    return rows;
  }

  private static List<String> group(Sample.Key key) {
    return List.of(key.backend(), key.options(), key.promptId());
  }

  private static List<String> row(
      List<Sample> samples, Summary summary, Summary baseline, double noiseThreshold) {
    Sample first = samples.getFirst();
    List<String> row = new ArrayList<>();
    row.add(first.key().backend());
    row.add(first.key().options());
    row.add(summary.device());
    row.add(first.key().promptId());
    row.add(Numbers.text(first.promptTokens()));
    row.add(Numbers.text(first.newTokens()));
    row.add(summary.status());
    row.add(summary.match());
    row.add(Numbers.text(summary.forks()));
    row.add(Numbers.text(summary.samples()));
    row.add(Numbers.text(summary.flagged()));
    addTimes(row, summary);
    row.add(Numbers.text(summary.prefillTokensPerSecond()));
    row.add(Numbers.text(summary.decodeTokensPerSecond()));
    row.add(Numbers.text(summary.loadMillis()));
    row.add(Numbers.text(summary.coldTtftMillis()));
    row.add(Numbers.text(summary.peakRssBytes()));
    row.add(Numbers.text(summary.prefillPercentOfLimit()));
    row.add(Numbers.text(summary.decodePercentOfLimit()));
    SpeedUp ttft = summary.speedUpOver(baseline, Sample.Timing::ttftMillis, noiseThreshold);
    row.add(ttft == null ? "" : Numbers.text(ttft.ratio()));
    addSpeedUp(row, summary.speedUpOver(baseline, Sample.Timing::decodeMillis, noiseThreshold));
    row.add(summary.reason());
    return row;
  }

  private static void addTimes(List<String> row, Summary summary) {
    Distribution ttft = summary.ttftMillis();
    row.add(Numbers.text(ttft.median()));
    row.add(Numbers.text(ttft.mean()));
    row.add(Numbers.text(ttft.standardDeviation()));
    row.add(Numbers.text(ttft.p99()));
    row.add(summary.samples() == 0 ? "" : Numbers.text(ttft.outliers()));
    Distribution tpot = summary.tpotMillis();
    row.add(Numbers.text(tpot.median()));
    row.add(Numbers.text(tpot.mean()));
    row.add(Numbers.text(tpot.standardDeviation()));
    row.add(tpot.mean() == null ? "" : Numbers.text(tpot.outliers()));
    Distribution itl = summary.itlMillis();
    row.add(Numbers.text(itl.median()));
    row.add(Numbers.text(itl.p99()));
    row.add(Numbers.text(itl.max()));
    row.add(Numbers.text(summary.e2eMillis().median()));
  }

  private static void addSpeedUp(List<String> row, @Nullable SpeedUp speedUp) {
    if (speedUp == null) {
      row.addAll(List.of("", "", "", ""));
      return;
    }
    row.add(Numbers.text(speedUp.ratio()));
    row.add(Numbers.text(speedUp.low()));
    row.add(Numbers.text(speedUp.high()));
    row.add(speedUp.verdict() == null ? "" : speedUp.verdict());
  }
}
