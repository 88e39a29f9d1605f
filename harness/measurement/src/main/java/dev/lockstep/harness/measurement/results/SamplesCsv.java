package dev.lockstep.harness.measurement.results;

import static dev.lockstep.harness.measurement.results.Column.bigCount;
import static dev.lockstep.harness.measurement.results.Column.constant;
import static dev.lockstep.harness.measurement.results.Column.count;
import static dev.lockstep.harness.measurement.results.Column.number;
import static dev.lockstep.harness.measurement.results.Column.numbers;
import static dev.lockstep.harness.measurement.results.Column.text;
import static dev.lockstep.harness.measurement.results.Column.word;

import dev.lockstep.harness.measurement.results.Table.Row;
import dev.lockstep.harness.measurement.statistics.Estimators;
import dev.lockstep.harness.measurement.statistics.Flag;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Status;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.worker.error.UserError;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `samples.csv`: a row per timed run.
public final class SamplesCsv {
  private static final KeyColumns<Sample> KEY = new KeyColumns<>(Sample::key);
  private static final Column<Sample, String> DEVICE = text("device", Sample::device);
  private static final Column<Sample, Integer> THREADS = count("threads", Sample::threads);
  private static final Column<Sample, String> LESS_WORK = text("less_work", Sample::lessWork);

  private static final Column<Sample, String> CLOCK = text("clock", Sample::clock);

  /// In the file of a version that did not ask: then a backend is not accused of saying nothing.
  private static final String NOT_ASKED = "an earlier version did not ask";

  private static final Column<Sample, String> VARIATION = text("variation", Sample::variation);
  private static final Column<Sample, Integer> DEPTH = count("depth", Sample::depth);
  private static final Column<Sample, Integer> PROMPT_TOKENS =
      count("prompt_tokens", Sample::promptTokens);
  private static final Column<Sample, Integer> NEW_TOKENS = count("new_tokens", Sample::newTokens);
  private static final Column<Sample, Status> STATUS =
      word("status", Status.class, Status::label, Sample::status);
  private static final Column<Sample, MatchClass> MATCH =
      constant("match", MatchClass.class, Sample::match);
  private static final Column<Sample, Integer> FIRST_DIFFERENCE =
      count("first_difference", Sample::firstDifference);
  private static final Column<Sample, String> REASON = text("reason", Sample::reason);

  private static final Column<Sample, Double> TTFT_MS =
      ofTiming("ttft_ms", Sample.Timing::ttftMillis);
  private static final Column<Sample, Double> E2E_MS = ofTiming("e2e_ms", Sample.Timing::e2eMillis);
  private static final Column<Sample, double[]> ITL_MS =
      numbers("itl_ms", s -> s.timing() == null ? null : s.timing().itlMillis());

  private static final Column<Sample, Double> LOAD_MS =
      number("load_ms", s -> s.load() == null ? null : s.load().loadMillis());
  private static final Column<Sample, Double> COLD_TTFT_MS =
      number("cold_ttft_ms", s -> s.load() == null ? null : s.load().coldTtftMillis());

  private static final Column<Sample, Long> GC_MS =
      ofResources("gc_ms", Sample.Resources::gcMillis);
  private static final Column<Sample, Long> JIT_MS =
      ofResources("jit_ms", Sample.Resources::jitMillis);
  private static final Column<Sample, Long> CPU_MS =
      ofResources("cpu_ms", Sample.Resources::cpuMillis);
  private static final Column<Sample, Double> CPU_WAIT_MS =
      number("cpu_wait_ms", s -> s.resources() == null ? null : s.resources().cpuWaitMillis());
  private static final Column<Sample, Long> PAGE_FAULTS =
      ofResources("page_faults", Sample.Resources::pageFaults);
  private static final Column<Sample, Double> FAULT_MS =
      number("fault_ms", s -> s.resources() == null ? null : s.resources().faultMillis());
  private static final Column<Sample, Long> CONTEXT_SWITCHES =
      ofResources("context_switches", Sample.Resources::contextSwitches);
  private static final Column<Sample, Long> PEAK_RSS_BYTES =
      ofResources("peak_rss_bytes", Sample.Resources::peakRssBytes);
  private static final Column<Sample, Long> HEAP_BYTES =
      ofResources("heap_bytes", Sample.Resources::heapBytes);
  private static final Column<Sample, Long> DEVICE_BYTES =
      ofResources("device_bytes", Sample.Resources::deviceBytes);
  private static final Column<Sample, Double> IDLE_CPU_PCT =
      number("idle_cpu_pct", s -> s.resources() == null ? null : s.resources().idleCpuPercent());

  private static final Column<Sample, Double> LIMIT_READ_GBPS =
      ofLimits("limit_read_gbps", Sample.Limits::readGigabytesPerSecond);
  private static final Column<Sample, Double> LIMIT_FMA_GFLOPS =
      ofLimits("limit_fma_gflops", Sample.Limits::fmaGigaflops);
  private static final Column<Sample, Double> PREFILL_PCT_OF_LIMIT =
      ofLimits("prefill_pct_of_limit", Sample.Limits::prefillPercent);
  private static final Column<Sample, Double> DECODE_PCT_OF_LIMIT =
      ofLimits("decode_pct_of_limit", Sample.Limits::decodePercent);

  /// The columns, in order; those without a constant follow from others and are not read back.
  public static final Table<Sample> TABLE =
      new Table<>(
          "samples.csv",
          List.of(
              KEY.fork,
              KEY.round,
              KEY.backend,
              KEY.options,
              DEVICE,
              THREADS,
              LESS_WORK,
              CLOCK,
              KEY.promptId,
              VARIATION,
              DEPTH,
              PROMPT_TOKENS,
              NEW_TOKENS,
              STATUS,
              MATCH,
              FIRST_DIFFERENCE,
              TTFT_MS,
              ofGaps("tpot_ms", (timing, gaps) -> timing.decodeMillis() / gaps.length),
              E2E_MS,
              ofGaps("itl_ms_median", (timing, gaps) -> Estimators.median(gaps)),
              ofGaps("itl_ms_max", (timing, gaps) -> Arrays.stream(gaps).max().orElseThrow()),
              number("prefill_tps", SamplesCsv::prefillTokensPerSecond),
              ofGaps("decode_tps", (timing, gaps) -> 1e3 * gaps.length / timing.decodeMillis()),
              LOAD_MS,
              COLD_TTFT_MS,
              GC_MS,
              JIT_MS,
              CPU_MS,
              CPU_WAIT_MS,
              PAGE_FAULTS,
              FAULT_MS,
              CONTEXT_SWITCHES,
              PEAK_RSS_BYTES,
              HEAP_BYTES,
              DEVICE_BYTES,
              IDLE_CPU_PCT,
              text("flagged", SamplesCsv::flags),
              LIMIT_READ_GBPS,
              LIMIT_FMA_GFLOPS,
              PREFILL_PCT_OF_LIMIT,
              DECODE_PCT_OF_LIMIT,
              ITL_MS,
              REASON));

  private SamplesCsv() {}

  private static Column<Sample, Double> ofTiming(
      String name, Column.Value<Sample.Timing, Double> figure) {
    return number(name, s -> s.timing() == null ? null : figure.of(s.timing()));
  }

  private static Column<Sample, Long> ofResources(
      String name, Column.Value<Sample.Resources, Long> figure) {
    return bigCount(name, s -> s.resources() == null ? null : figure.of(s.resources()));
  }

  private static Column<Sample, Double> ofLimits(
      String name, Column.Value<Sample.Limits, Double> figure) {
    return number(name, s -> s.limits() == null ? null : figure.of(s.limits()));
  }

  /// A figure of the tokens after the first.
  private interface GapFigure {
    double of(Sample.Timing timing, double[] gaps);
  }

  /// A column that is blank where there was one token only.
  private static Column<Sample, Double> ofGaps(String name, GapFigure figure) {
    return ofTiming(
        name,
        timing -> {
          double[] gaps = timing.itlMillis();
          return gaps.length == 0 ? null : figure.of(timing, gaps);
        });
  }

  private static @Nullable Double prefillTokensPerSecond(Sample sample) {
    Sample.Timing timing = sample.timing();
    return timing == null ? null : 1e3 * sample.promptTokens() / timing.ttftMillis();
  }

  private static String flags(Sample sample) {
    return sample.flags().stream().map(Flag::label).collect(Collectors.joining(" "));
  }

  /// The rows of a file. A last row that a killed run left incomplete is passed over.
  ///
  /// @throws UserError if it is not such a file
  public static List<Sample> read(Path file) {
    return TABLE.read(file, SamplesCsv::sample);
  }

  /// As [#read], also of versions with fewer or more columns: what they did not measure is null.
  ///
  /// @throws UserError if it is not such a file
  public static List<Sample> readAnyVersion(Path file) {
    return TABLE.readAnyVersion(
        file,
        SamplesCsv::sample,
        List.of(
            KEY.fork,
            KEY.round,
            KEY.backend,
            KEY.options,
            KEY.promptId,
            PROMPT_TOKENS,
            NEW_TOKENS,
            STATUS,
            MATCH,
            TTFT_MS,
            E2E_MS));
  }

  private static Sample sample(Row row) {
    // A file that an earlier version wrote knows prompts without a depth alone.
    Integer depth = row.get(DEPTH);
    return new Sample(
        KEY.read(row),
        new Sample.Work(
            depth == null ? 0 : depth,
            row.require(PROMPT_TOKENS),
            row.require(NEW_TOKENS),
            row.text(VARIATION)),
        new Sample.Execution(
            row.text(DEVICE),
            row.get(THREADS),
            row.has(LESS_WORK) ? row.text(LESS_WORK) : NOT_ASKED,
            row.has(CLOCK) ? row.text(CLOCK) : ""),
        new Sample.Result(
            row.require(STATUS), row.get(MATCH), row.get(FIRST_DIFFERENCE), row.text(REASON)),
        timing(row),
        row.get(LOAD_MS) == null
            ? null
            : new Sample.Load(row.require(LOAD_MS), row.get(COLD_TTFT_MS)),
        resources(row),
        limits(row));
  }

  private static Sample.@Nullable Timing timing(Row row) {
    if (row.get(TTFT_MS) == null) {
      return null;
    }
    double[] gaps = row.get(ITL_MS);
    return new Sample.Timing(
        row.require(TTFT_MS), row.require(E2E_MS), gaps == null ? new double[0] : gaps);
  }

  private static Sample.@Nullable Resources resources(Row row) {
    if (row.get(GC_MS) == null
        && row.get(CPU_MS) == null
        && row.get(PEAK_RSS_BYTES) == null
        && row.get(IDLE_CPU_PCT) == null) {
      return null;
    }
    return new Sample.Resources(
        row.get(GC_MS),
        row.get(JIT_MS),
        row.get(CPU_MS),
        row.get(CPU_WAIT_MS),
        row.get(PAGE_FAULTS),
        row.get(FAULT_MS),
        row.get(CONTEXT_SWITCHES),
        row.get(PEAK_RSS_BYTES),
        row.get(HEAP_BYTES),
        row.get(DEVICE_BYTES),
        row.get(IDLE_CPU_PCT));
  }

  private static Sample.@Nullable Limits limits(Row row) {
    if (row.get(LIMIT_READ_GBPS) == null) {
      return null;
    }
    return new Sample.Limits(
        row.require(LIMIT_READ_GBPS),
        row.require(LIMIT_FMA_GFLOPS),
        row.require(PREFILL_PCT_OF_LIMIT),
        row.get(DECODE_PCT_OF_LIMIT));
  }
}
