package dev.lockstep.harness.measurement.results;

import static dev.lockstep.harness.measurement.results.Column.bigCount;
import static dev.lockstep.harness.measurement.results.Column.constant;
import static dev.lockstep.harness.measurement.results.Column.count;
import static dev.lockstep.harness.measurement.results.Column.number;
import static dev.lockstep.harness.measurement.results.Column.text;
import static dev.lockstep.harness.measurement.results.Column.word;

import dev.lockstep.harness.measurement.statistics.Baseline;
import dev.lockstep.harness.measurement.statistics.Distribution;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import dev.lockstep.harness.measurement.statistics.Status;
import dev.lockstep.harness.measurement.statistics.Summary;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import dev.lockstep.harness.verification.MatchClass;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `summary.csv`: a row per backend and prompt.
public final class SummaryCsv {
  /// What a backend's samples of a prompt come to.
  ///
  /// @param first any of them
  /// @param ttft how much sooner its first token comes than the [Baseline]'s, or null
  /// @param decode how much faster it decodes than the [Baseline], or null
  public record Entry(
      Sample first, Summary summary, @Nullable SpeedUp ttft, @Nullable SpeedUp decode) {}

  public static final Table<Entry> TABLE =
      new Table<>(
          "summary.csv",
          List.of(
              text("backend", e -> e.first().key().backend()),
              text("options", e -> e.first().key().options()),
              text("device", e -> e.summary().device()),
              text("prompt_id", e -> e.first().key().promptId()),
              count("depth", e -> e.first().depth()),
              count("prompt_tokens", e -> e.first().promptTokens()),
              count("new_tokens", e -> e.first().newTokens()),
              word("status", Status.class, Status::label, e -> e.summary().status()),
              constant("match", MatchClass.class, e -> e.summary().match()),
              count("forks", e -> e.summary().forks()),
              count("samples", e -> e.summary().samples()),
              count("flagged", e -> e.summary().flagged()),
              of("ttft_ms_median", Summary::ttftMillis, Distribution::median),
              of("ttft_ms_mean", Summary::ttftMillis, Distribution::mean),
              of("ttft_ms_stddev", Summary::ttftMillis, Distribution::standardDeviation),
              of("ttft_ms_p99", Summary::ttftMillis, Distribution::p99),
              outliers("ttft_outliers", Summary::ttftMillis),
              of("tpot_ms_median", Summary::tpotMillis, Distribution::median),
              of("tpot_ms_mean", Summary::tpotMillis, Distribution::mean),
              of("tpot_ms_stddev", Summary::tpotMillis, Distribution::standardDeviation),
              outliers("tpot_outliers", Summary::tpotMillis),
              of("itl_ms_median", Summary::itlMillis, Distribution::median),
              of("itl_ms_p99", Summary::itlMillis, Distribution::p99),
              of("itl_ms_max", Summary::itlMillis, Distribution::max),
              of("e2e_ms_median", Summary::e2eMillis, Distribution::median),
              number("prefill_tps", e -> e.summary().prefillTokensPerSecond()),
              number("decode_tps", e -> e.summary().decodeTokensPerSecond()),
              number("decode_spread_pct", e -> e.summary().decodeSpreadPercent()),
              number("load_ms", e -> e.summary().loadMillis()),
              number("cold_ttft_ms", e -> e.summary().coldTtftMillis()),
              bigCount("peak_rss_bytes", e -> e.summary().peakRssBytes()),
              number("prefill_pct_of_limit", e -> e.summary().prefillPercentOfLimit()),
              number("decode_pct_of_limit", e -> e.summary().decodePercentOfLimit()),
              number("ttft_speedup", e -> e.ttft() == null ? null : e.ttft().ratio()),
              number("decode_speedup", e -> e.decode() == null ? null : e.decode().ratio()),
              number("decode_speedup_low", e -> e.decode() == null ? null : e.decode().low()),
              number("decode_speedup_high", e -> e.decode() == null ? null : e.decode().high()),
              number(
                  "decode_detectable_pct",
                  e ->
                      e.decode() == null || e.decode().detectable() == null
                          ? null
                          : (Double) (100 * e.decode().detectable())),
              text("decode_verdict", e -> e.decode() == null ? null : e.decode().verdict()),
              text("reason", e -> e.summary().reason())));

  private SummaryCsv() {}

  private static Column<Entry, Double> of(
      String name,
      Function<Summary, Distribution> times,
      Column.Value<Distribution, Double> figure) {
    return number(name, entry -> figure.of(times.apply(entry.summary())));
  }

  private static Column<Entry, Integer> outliers(
      String name, Function<Summary, Distribution> times) {
    return count(
        name,
        entry -> {
          Distribution distribution = times.apply(entry.summary());
          return distribution.mean() == null ? null : distribution.outliers();
        });
  }

  /// The rows of a run.
  ///
  /// @param samples in the order in which backends and prompts are to appear; speed-ups are over
  ///     the [Baseline]
  public static List<Entry> entries(List<Sample> samples, VerdictRule rule) {
    Map<String, List<Sample>> baseline =
        Baseline.of(samples).stream()
            .collect(Collectors.groupingBy(sample -> sample.key().promptId()));
    Map<List<String>, List<Sample>> groups = new LinkedHashMap<>();
    for (Sample sample : samples) {
      Sample.Key key = sample.key();
      groups
          .computeIfAbsent(
              List.of(key.backend(), key.options(), key.promptId()), k -> new ArrayList<>())
          .add(sample);
    }
    List<Entry> entries = new ArrayList<>();
    groups.forEach(
        (group, own) -> {
          Summary summary = new Summary(own);
          // What computes less has no speed-up over what computes everything.
          Summary base =
              new Summary(
                  summary.isApproximate()
                      ? List.of()
                      : baseline.getOrDefault(group.getLast(), List.of()));
          entries.add(
              new Entry(
                  own.getFirst(),
                  summary,
                  summary.speedUpOver(base, Sample.Timing::ttftMillis, rule),
                  summary.speedUpOver(base, Sample.Timing::decodeMillis, rule)));
        });
    return entries;
  }
}
