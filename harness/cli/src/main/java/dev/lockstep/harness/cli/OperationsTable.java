package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.operations.OperationTimes;
import dev.lockstep.harness.report.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Where the time of a pass goes, for the terminal.
final class OperationsTable {
  private static final List<String> HEADER =
      List.of("operation", "ms", "share %", "MB", "MFLOP", "% of limit");

  /// In per cent; less is said to be nothing.
  private static final double MIN_COST = 0.5;

  private OperationsTable() {}

  /// A table for each pass of each backend.
  static String text(List<OperationTimes> results) {
    StringBuilder text = new StringBuilder();
    for (OperationTimes result : results) {
      text.append(text.isEmpty() ? "" : "\n").append(text(result));
    }
    return text.toString();
  }

  private static String text(OperationTimes result) {
    if (result.operations().isEmpty()) {
      return String.format(
          Locale.ROOT,
          "%s, %s: %.4g ms; it shows no operation\n",
          result.label(),
          result.pass(),
          result.plainMillis());
    }
    List<List<String>> lines = new ArrayList<>();
    for (OperationTimes.Operation operation : result.operations()) {
      Double limit = operation.percentOfLimit();
      lines.add(
          List.of(
              operation.name(),
              format("%.4g", operation.millis()),
              format("%.1f", 100 * operation.share()),
              format("%.3g", operation.cost().bytes() / 1e6),
              format("%.4g", operation.cost().flops() / 1e6),
              limit == null ? "" : format(limit < 10 ? "%.2g" : "%.0f", limit)));
    }
    return head(result)
        + new TextTable(HEADER, List.of(0)).text(lines)
        + result.next().map(OperationsTable::next).orElse("");
  }

  private static String head(OperationTimes result) {
    double cost = 100 * result.showingCost();
    return String.format(
        Locale.ROOT,
        "%s, %s: %.4g ms, the mean of the middle half of %s passes; the operations took %.4g ms %s, which costs %s here, and are scaled to the plain time\n",
        result.label(),
        result.pass(),
        result.plainMillis(),
        result.repetitions(),
        result.sumMillis(),
        result.byDevice() ? "by the device's clock" : "when they were shown",
        cost < MIN_COST ? "nothing" : format("%.0f %%", cost));
  }

  private static String next(OperationTimes.Operation operation) {
    Double above = operation.aboveLimitMillis();
    return String.format(
        Locale.ROOT,
        "most could be saved in %s: %.3g ms of %.3g\n",
        operation.name(),
        above,
        operation.millis());
  }

  private static String format(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
