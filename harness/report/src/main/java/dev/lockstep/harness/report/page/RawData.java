package dev.lockstep.harness.report.page;

import dev.lockstep.harness.measurement.operations.OperationsJson;
import dev.lockstep.harness.measurement.results.EnvironmentJson;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.results.Table;
import dev.lockstep.harness.measurement.results.VerificationCsv;
import dev.lockstep.harness.report.RunResults;
import dev.lockstep.harness.report.charts.Chart;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a page holds for programs: the files of its runs, and its charts as data.
final class RawData {
  private static final String FORMAT = "lockstep-report/1";

  private RawData() {}

  /// The files of a run.
  static String of(RunResults run) {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("format", FORMAT);
    content.put("environment", run.environment());
    content.put("samples", table(SamplesCsv.TABLE, run.samples()));
    content.put("verification", table(VerificationCsv.TABLE, run.verifications()));
    if (!run.operations().isEmpty()) {
      content.put("operations", OperationsJson.document(run.operations()));
    }
    return script(content);
  }

  private static <R> Map<String, Object> table(Table<R> table, List<R> rows) {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("columns", table.header());
    content.put("rows", rows.stream().map(table::cells).toList());
    return content;
  }

  /// The charts of a run.
  static String of(List<Chart> charts) {
    return script(charts);
  }

  /// JSON in which no parser of HTML finds anything: what could end a script or begin a comment is
  /// written as an escape, which JSON reads as the same text.
  private static String script(Object content) {
    return EnvironmentJson.compact(content)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029");
  }
}
