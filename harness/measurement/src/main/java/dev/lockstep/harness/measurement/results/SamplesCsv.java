package dev.lockstep.harness.measurement.results;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.harness.measurement.statistics.Estimators;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.format.OneLine;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/// `samples.csv`: how a [Sample] is written and read back.
public final class SamplesCsv {
  public static final String FILE_NAME = "samples.csv";

  /// RFC 4180: comma, CRLF, quotes where needed.
  public static final CSVFormat FORMAT = CSVFormat.RFC4180;

  /// The columns, in order.
  public static final List<String> HEADER =
      List.of(
          "fork",
          "round",
          "backend",
          "options",
          "device",
          "threads",
          "prompt_id",
          "variation",
          "prompt_tokens",
          "new_tokens",
          "status",
          "match",
          "first_difference",
          "ttft_ms",
          "tpot_ms",
          "e2e_ms",
          "itl_ms_median",
          "itl_ms_max",
          "prefill_tps",
          "decode_tps",
          "load_ms",
          "cold_ttft_ms",
          "gc_ms",
          "jit_ms",
          "cpu_ms",
          "peak_rss_bytes",
          "heap_bytes",
          "device_bytes",
          "idle_cpu_pct",
          "flagged",
          "limit_read_gbps",
          "limit_fma_gflops",
          "prefill_pct_of_limit",
          "decode_pct_of_limit",
          "itl_ms",
          "reason");

  private SamplesCsv() {}

  /// One row, in the order of [#HEADER].
  public static List<String> row(Sample sample) {
    List<String> row = new ArrayList<>();
    Sample.Key key = sample.key();
    row.add(Numbers.text(key.fork()));
    row.add(Numbers.text(key.round()));
    row.add(key.backend());
    row.add(key.options());
    row.add(sample.device());
    row.add(Numbers.text(sample.threads()));
    row.add(key.promptId());
    row.add(sample.variation());
    row.add(Numbers.text(sample.promptTokens()));
    row.add(Numbers.text(sample.newTokens()));
    row.add(sample.status());
    row.add(sample.match());
    row.add(Numbers.text(sample.firstDifference()));
    addTiming(row, sample);
    Sample.Load load = sample.load();
    row.add(load == null ? "" : Numbers.text(load.loadMillis()));
    row.add(load == null ? "" : Numbers.text(load.coldTtftMillis()));
    addResources(row, sample.resources());
    addLimits(row, sample.limits());
    Sample.Timing timing = sample.timing();
    row.add(timing == null ? "" : join(timing.itlMillis()));
    row.add(sample.reason());
    return row;
  }

  private static void addTiming(List<String> row, Sample sample) {
    Sample.Timing timing = sample.timing();
    if (timing == null) {
      row.addAll(List.of("", "", "", "", "", "", ""));
      return;
    }
    double[] gaps = timing.itlMillis();
    boolean decodes = gaps.length > 0;
    row.add(Numbers.text(timing.ttftMillis()));
    row.add(decodes ? Numbers.text(timing.decodeMillis() / gaps.length) : "");
    row.add(Numbers.text(timing.e2eMillis()));
    row.add(decodes ? Numbers.text(Estimators.median(gaps)) : "");
    row.add(decodes ? Numbers.text(Arrays.stream(gaps).max().orElseThrow()) : "");
    row.add(Numbers.text(1e3 * sample.promptTokens() / timing.ttftMillis()));
    row.add(decodes ? Numbers.text(1e3 * gaps.length / timing.decodeMillis()) : "");
  }

  private static void addResources(List<String> row, Sample.@Nullable Resources resources) {
    if (resources == null) {
      row.addAll(List.of("", "", "", "", "", "", "", ""));
      return;
    }
    row.add(Numbers.text(resources.gcMillis()));
    row.add(Numbers.text(resources.jitMillis()));
    row.add(Numbers.text(resources.cpuMillis()));
    row.add(Numbers.text(resources.peakRssBytes()));
    row.add(Numbers.text(resources.heapBytes()));
    row.add(Numbers.text(resources.deviceBytes()));
    row.add(Numbers.text(resources.idleCpuPercent()));
    row.add(resources.isFlagged() ? "idle_cpu" : "");
  }

  private static void addLimits(List<String> row, Sample.@Nullable Limits limits) {
    if (limits == null) {
      row.addAll(List.of("", "", "", ""));
      return;
    }
    row.add(Numbers.text(limits.readGigabytesPerSecond()));
    row.add(Numbers.text(limits.fmaGigaflops()));
    row.add(Numbers.text(limits.prefillPercent()));
    row.add(Numbers.text(limits.decodePercent()));
  }

  private static String join(double[] values) {
    return Arrays.stream(values).mapToObj(Numbers::text).collect(Collectors.joining(" "));
  }

  /// The rows of a file. A last row that a killed run left incomplete is passed over.
  ///
  /// @throws UserError if it is not such a file
  public static List<Sample> read(Path file) {
    List<Sample> samples = new ArrayList<>();
    try (CSVParser parser = parser(file)) {
      requireHeader(file, parser, HEADER);
      for (CSVRecord record : parser) {
        if (record.isConsistent()) {
          samples.add(sample(record));
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw UserError.error("%s cannot be read: %s".formatted(file, problem(e)), e);
    } catch (IllegalArgumentException e) {
      throw UserError.error(
          "%s holds a row that cannot be understood: %s".formatted(file, e.getMessage()), e);
    }
    return samples;
  }

  /// Reads a file whose first row is the header, up to its last whole row: a quoted field that a
  /// killed run left open would make the rest unreadable.
  static CSVParser parser(Path file) throws IOException {
    String text = Files.readString(file);
    if (text.startsWith("\uFEFF")) {
      throw UserError.error(
          "%s begins with a byte order mark, so a spreadsheet such as Excel has saved it and may have changed its numbers; restore the file, or remove the mark and check the rows"
              .formatted(file));
    }
    boolean quoted = false;
    int wholeRows = 0;
    for (int i = 0; i < text.length(); i++) {
      quoted ^= text.charAt(i) == '"';
      if (!quoted && text.charAt(i) == '\n') {
        wholeRows = i + 1;
      }
    }
    return FORMAT
        .builder()
        .setHeader()
        .setSkipHeaderRecord(true)
        .get()
        .parse(new StringReader(quoted ? text.substring(0, wholeRows) : text));
  }

  /// @throws UserError naming the first column that is another one
  static void requireHeader(Path file, CSVParser parser, List<String> header) {
    List<String> names = parser.getHeaderNames();
    for (int i = 0; i < Math.max(names.size(), header.size()); i++) {
      String name = i < names.size() ? names.get(i) : "missing";
      String expected = i < header.size() ? header.get(i) : "none";
      if (!name.equals(expected)) {
        throw UserError.error(
            String.format(
                Locale.ROOT,
                "%s does not have the columns of this version of %s: column %d is %s where %s is expected%s",
                file,
                file.getFileName(),
                i + 1,
                OneLine.of(name.length() > 40 ? name.substring(0, 40) + "…" : name),
                expected,
                name.matches(".*[;\t].*")
                    ? "; a spreadsheet has saved it with other separators"
                    : ""));
      }
    }
  }

  /// What kept a file from being read.
  static String problem(Exception e) {
    return switch (e) {
      case IOException io -> FileProblem.describe(io);
      case UncheckedIOException io -> FileProblem.describe(io);
      default -> String.valueOf(e.getMessage());
    };
  }

  private static Sample sample(CSVRecord row) {
    return new Sample(
        new Sample.Key(
            Integer.parseInt(row.get("fork")),
            Integer.parseInt(row.get("round")),
            row.get("backend"),
            row.get("options"),
            row.get("prompt_id")),
        row.get("device"),
        integer(row.get("threads")),
        Integer.parseInt(row.get("prompt_tokens")),
        Integer.parseInt(row.get("new_tokens")),
        row.get("variation"),
        row.get("status"),
        row.get("match"),
        integer(row.get("first_difference")),
        timing(row),
        row.get("load_ms").isEmpty()
            ? null
            : new Sample.Load(number(row, "load_ms"), optional(row, "cold_ttft_ms")),
        resources(row),
        row.get("limit_read_gbps").isEmpty()
            ? null
            : new Sample.Limits(
                number(row, "limit_read_gbps"),
                number(row, "limit_fma_gflops"),
                number(row, "prefill_pct_of_limit"),
                optional(row, "decode_pct_of_limit")),
        row.get("reason"));
  }

  private static Sample.@Nullable Timing timing(CSVRecord row) {
    if (row.get("ttft_ms").isEmpty()) {
      return null;
    }
    double[] gaps =
        Arrays.stream(row.get("itl_ms").split(" "))
            .filter(gap -> !gap.isEmpty())
            .mapToDouble(Double::parseDouble)
            .toArray();
    return new Sample.Timing(number(row, "ttft_ms"), number(row, "e2e_ms"), gaps);
  }

  private static Sample.@Nullable Resources resources(CSVRecord row) {
    if (row.get("gc_ms").isEmpty()) {
      return null;
    }
    return new Sample.Resources(
        Long.parseLong(row.get("gc_ms")),
        Long.parseLong(row.get("jit_ms")),
        count(row.get("cpu_ms")),
        count(row.get("peak_rss_bytes")),
        Long.parseLong(row.get("heap_bytes")),
        count(row.get("device_bytes")),
        optional(row, "idle_cpu_pct"));
  }

  private static double number(CSVRecord row, String column) {
    return Double.parseDouble(row.get(column));
  }

  private static @Nullable Double optional(CSVRecord row, String column) {
    return row.get(column).isEmpty() ? null : number(row, column);
  }

  private static @Nullable Integer integer(String text) {
    return text.isEmpty() ? null : Integer.valueOf(text);
  }

  private static @Nullable Long count(String text) {
    return text.isEmpty() ? null : Long.valueOf(text);
  }
}
