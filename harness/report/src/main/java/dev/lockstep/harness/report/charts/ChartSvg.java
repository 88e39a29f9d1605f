package dev.lockstep.harness.report.charts;

import dev.lockstep.harness.report.charts.Chart.Point;
import dev.lockstep.harness.report.charts.Chart.Series;
import dev.lockstep.model.format.OneLine;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/// `chart.svg`: the staircase as a picture for a README, light and dark in one file. It is written
/// here, and not by the page's script, because a run has no browser.
///
/// A logarithmic axis: a bar from 1 is as long as the logarithm of its speed-up.
public final class ChartSvg {
  private static final int WIDTH = 720;
  private static final int LEFT = 16;
  private static final int RIGHT = WIDTH - 16;
  private static final int TOP = 44;
  private static final int ROW = 44;
  private static final int MAX_LABEL = 60;

  /// Room beyond the last bar, as a factor.
  private static final double PADDING = 1.12;

  private static final List<String> LIGHT =
      List.of(
          "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5f6368", "#8a7d00");
  private static final List<String> DARK =
      List.of(
          "#3d9ad6", "#f07a2a", "#14b88a", "#dc94bb", "#efb02a", "#7cc6f2", "#c4c7cc", "#f0e442");

  private final Chart chart;
  private final double low;
  private final double high;
  private final StringBuilder out = new StringBuilder();

  private ChartSvg(Chart chart) {
    this.chart = chart;
    double[] values =
        chart.series().stream()
            .flatMap(series -> series.points().stream())
            .flatMapToDouble(ChartSvg::values)
            .toArray();
    double least = DoubleStream.of(values).min().orElse(1);
    low = least < 1 ? least / PADDING : 1;
    high = PADDING * Math.max(1, DoubleStream.of(values).max().orElse(1));
  }

  /// Only what is slower than the baseline needs room to its left.
  private static DoubleStream values(Point point) {
    Double from = point.low();
    Double to = point.high();
    return DoubleStream.of(from == null ? point.x() : from, point.x(), to == null ? point.x() : to);
  }

  /// @param staircase a chart of bars on a logarithmic axis, from 1
  public static String of(Chart staircase) {
    return new ChartSvg(staircase).text();
  }

  private double x(double value) {
    return LEFT + (RIGHT - LEFT) * Math.log(value / low) / Math.log(high / low);
  }

  private String text() {
    int bottom = TOP + ROW * chart.series().size() + 4;
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">",
        WIDTH, bottom + 36, WIDTH, bottom + 36);
    out.append("<title>").append(escaped(chart.title())).append("</title>\n<style>\n");
    out.append(
        "text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1b1b1b }\n");
    out.append(
        ".paper { fill: #ffffff } .ink { stroke: #1b1b1b; fill: none; stroke-width: 1.5 }\n");
    out.append(
        "text { paint-order: stroke; stroke: #ffffff; stroke-width: 3px; stroke-linejoin: round }\n.strong { font-weight: 600 } .end { text-anchor: end }\n");
    colours(LIGHT);
    out.append("@media (prefers-color-scheme: dark) {\n");
    out.append(
        "text { fill: #ececec; stroke: #16181b } .paper { fill: #16181b } .ink { stroke: #ececec }\n");
    colours(DARK);
    out.append("}\n</style>\n");
    add("<rect class=\"paper\" width=\"%d\" height=\"%d\"/>", WIDTH, bottom + 36);
    label(LEFT, 24, "strong", chart.title());
    for (int i = 0; i < chart.series().size(); i++) {
      row(chart.series().get(i), TOP + i * ROW);
    }
    add("<path class=\"ink\" d=\"M%.1f,%dV%d\"/>", x(1), TOP - 6, bottom);
    label(RIGHT, bottom + 22, "end", chart.x().label() + " (log scale)");
    return out.append("</svg>\n").toString();
  }

  private void colours(List<String> colours) {
    for (int i = 0; i < colours.size(); i++) {
      add(".c%d { fill: %s }", i, colours.get(i));
    }
  }

  private void row(Series series, int y) {
    Point point = series.points().getFirst();
    label(LEFT, y + 12, "", series.name());
    label(RIGHT, y + 12, "strong end", point.text());
    double from = Math.min(x(1), x(point.x()));
    add(
        "<rect class=\"c%d\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"14\"/>",
        series.colour() % LIGHT.size(), from, y + 18, Math.max(3, Math.abs(x(point.x()) - x(1))));
    Double lower = point.low();
    Double upper = point.high();
    if (lower != null && upper != null) {
      add("<path class=\"ink\" d=\"M%.1f,%dv8m0,-4H%.1fm0,-4v8\"/>", x(lower), y + 21, x(upper));
    }
  }

  private void label(int x, int y, String kind, String text) {
    add("<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, kind);
    out.setLength(out.length() - 1);
    out.append(escaped(OneLine.of(text, MAX_LABEL))).append("</text>\n");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private void add(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
