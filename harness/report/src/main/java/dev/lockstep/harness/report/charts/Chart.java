package dev.lockstep.harness.report.charts;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A chart as data: what is drawn where. It is drawn by `page.js`, which computes no figure.
///
/// @param id unique among the charts of a run
/// @param x the axis to the right
/// @param y the axis upwards; null where there are rows
public record Chart(
    String id, String title, Kind kind, Axis x, @Nullable Axis y, List<Series> series) {
  /// How it is drawn.
  public enum Kind {
    /// A bar from [Axis#origin] for every series.
    BARS,
    /// A row of points for every series.
    DOTS,
    /// A line through the points of every series.
    LINES,
    /// A row for each text of the points, and in it a point of every series, with a line down to
    /// [Point#low].
    ROWS
  }

  /// @param origin where bars begin, and where a rule is drawn; null for none
  public record Axis(String label, boolean isLogarithmic, @Nullable Double origin) {}

  /// @param colour which of the colours, from 0: the same backend has the same one in every chart
  public record Series(String name, int colour, List<Point> points) {}

  /// Null is "not measured".
  ///
  /// @param low the lower end of what is known of it, in the direction of the value; or null
  /// @param high its upper end; or null
  /// @param text what is written beside it, or which row it is in; empty for nothing
  public record Point(
      double x, @Nullable Double y, @Nullable Double low, @Nullable Double high, String text) {}
}
