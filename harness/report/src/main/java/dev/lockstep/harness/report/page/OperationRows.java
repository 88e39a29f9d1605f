package dev.lockstep.harness.report.page;

import dev.lockstep.harness.measurement.operations.OperationTimes;
import dev.lockstep.harness.measurement.operations.OperationTimes.Operation;
import dev.lockstep.harness.report.Figures;
import dev.lockstep.harness.report.page.Html.Cell;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Where the time of a pass goes, in figures.
final class OperationRows {
  /// In per cent; less is said to be nothing.
  private static final double MIN_COST = 0.5;

  private OperationRows() {}

  /// A row for each operation, and two columns for each backend.
  static void table(Html html, String pass, List<OperationTimes> times) {
    Set<String> names = new LinkedHashSet<>();
    List<String> header = new ArrayList<>(List.of("operation"));
    for (OperationTimes each : times) {
      each.operations().forEach(operation -> names.add(operation.name()));
      header.add(each.label() + " ms");
      header.add("% of limit");
    }
    List<List<Cell>> rows = new ArrayList<>();
    for (String name : names) {
      List<Cell> row = new ArrayList<>(List.of(Cell.words(name)));
      for (OperationTimes each : times) {
        Operation found =
            each.operations().stream()
                .filter(operation -> operation.name().equals(name))
                .findFirst()
                .orElse(null);
        row.add(Cell.number(found == null ? "" : millis(found.millis())));
        Double percent = found == null ? null : found.percentOfLimit();
        row.add(Cell.number(percent == null ? "" : percent(percent)));
      }
      rows.add(row);
    }
    List<Cell> whole = new ArrayList<>(List.of(Cell.words("the whole pass")));
    for (OperationTimes each : times) {
      whole.add(Cell.number(millis(each.plainMillis())));
      whole.add(Cell.number(""));
    }
    rows.add(whole);
    html.table(
        "Milliseconds of each operation of %s in all layers, by when its result was shown, scaled to the pass that nobody watched; and percent of what the read bandwidth and FMA rate allow."
            .formatted(pass),
        header,
        rows);
  }

  private static String percent(double percent) {
    return percent < 1 ? String.format(Locale.ROOT, "%.2g", percent) : Figures.percent(percent);
  }

  private static String millis(double millis) {
    return String.format(Locale.ROOT, millis < 1 ? "%.3g" : "%.4g", millis);
  }

  /// What comes of a pass, in a sentence.
  static String summary(OperationTimes times) {
    if (times.operations().isEmpty()) {
      return "%s, %s: it shows no operation".formatted(times.label(), times.pass());
    }
    String saved =
        times
            .next()
            .map(
                next -> {
                  Double above = next.aboveLimitMillis();
                  return "most could be saved in %s: %s of %s ms"
                      .formatted(
                          next.name(), millis(above == null ? 0 : above), millis(next.millis()));
                })
            .orElse("the limits of its device are not known");
    double cost = 100 * times.showingCost();
    return "%s, %s: %s; a %s takes %s"
        .formatted(
            times.label(),
            times.pass(),
            saved,
            times.byDevice() ? "pass that the device times" : "watched pass",
            cost < MIN_COST ? "as long" : String.format(Locale.ROOT, "%.0f %% longer", cost));
  }
}
