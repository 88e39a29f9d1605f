package dev.lockstep.harness.report.charts;

import dev.lockstep.harness.measurement.operations.OperationTimes;
import dev.lockstep.harness.measurement.operations.OperationTimes.Operation;
import dev.lockstep.harness.report.Standing;
import dev.lockstep.harness.report.charts.Chart.Axis;
import dev.lockstep.harness.report.charts.Chart.Kind;
import dev.lockstep.harness.report.charts.Chart.Point;
import dev.lockstep.harness.report.charts.Chart.Series;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where the time of a pass goes: a row for each operation, and in it how long each backend takes
/// and how far that is above what the device allows.
public final class OperationCharts {
  private OperationCharts() {}

  /// The passes of a run by their names, as far as an operation is known of them.
  public static Map<String, List<OperationTimes>> byPass(List<OperationTimes> operations) {
    Map<String, List<OperationTimes>> byPass = new LinkedHashMap<>();
    for (OperationTimes times : operations) {
      if (!times.operations().isEmpty()) {
        byPass.computeIfAbsent(times.pass(), pass -> new ArrayList<>()).add(times);
      }
    }
    return byPass;
  }

  /// The chart of one pass. Null if no backend of the run has a time.
  ///
  /// @param id unique among the charts of the run
  /// @param times of the pass
  /// @param standings of the run, which say the colours
  public static @Nullable Chart of(
      String id, String pass, List<OperationTimes> times, List<Standing> standings) {
    List<Series> series = new ArrayList<>();
    for (Standing standing : standings) {
      for (OperationTimes own : times) {
        if (own.label().equals(standing.label())) {
          List<Point> points =
              own.operations().stream()
                  .filter(operation -> operation.millis() > 0)
                  .map(OperationCharts::point)
                  .toList();
          series.add(new Series(standing.label(), standing.colour(), points));
        }
      }
    }
    return series.stream().allMatch(each -> each.points().isEmpty())
        ? null
        : new Chart(
            id,
            "Where the time of " + pass + " goes",
            Kind.ROWS,
            new Axis("milliseconds", true, null),
            null,
            series);
  }

  private static Point point(Operation operation) {
    return new Point(operation.millis(), null, limitMillis(operation), null, operation.name());
  }

  /// Null where it is not known, where nothing must be read or computed, and for what is faster
  /// than the device: it comes from a cache.
  private static @Nullable Double limitMillis(Operation operation) {
    Double percent = operation.percentOfLimit();
    return percent == null || percent <= 0 || percent >= 100
        ? null
        : operation.millis() * percent / 100;
  }
}
