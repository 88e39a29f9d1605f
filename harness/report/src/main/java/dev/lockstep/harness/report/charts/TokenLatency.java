package dev.lockstep.harness.report.charts;

import dev.lockstep.harness.measurement.statistics.Distribution;
import dev.lockstep.harness.measurement.statistics.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The gaps before the tokens at a position of the sequence, over all samples of a backend.
///
/// @param position of the token, from 0; of several that are taken together, the first
/// @param median of the gaps
/// @param stall the longest gap, where it is more than [#STALL] medians long; else null
public record TokenLatency(int position, double median, @Nullable Double stall) {
  /// From which on a gap is worth a mark: three medians.
  private static final double STALL = 3;

  /// More points would be drawn over each other.
  private static final int MAX_POINTS = 256;

  /// In the order of the positions.
  public static List<TokenLatency> of(List<Sample> samples) {
    Map<Integer, List<Double>> byPosition = new TreeMap<>();
    for (Sample sample : samples) {
      Sample.Timing timing = sample.timing();
      if (timing != null) {
        double[] gaps = timing.itlMillis();
        for (int i = 0; i < gaps.length; i++) {
          byPosition
              .computeIfAbsent(
                  sample.depth() + sample.promptTokens() + 1 + i, position -> new ArrayList<>())
              .add(gaps[i]);
        }
      }
    }
    List<Integer> positions = List.copyOf(byPosition.keySet());
    int together = Math.ceilDiv(positions.size(), MAX_POINTS);
    return together == 0
        ? List.of()
        : IntStream.iterate(0, first -> first < positions.size(), first -> first + together)
            .mapToObj(
                first ->
                    at(
                        positions.subList(first, Math.min(first + together, positions.size())),
                        byPosition))
            .toList();
  }

  private static TokenLatency at(List<Integer> positions, Map<Integer, List<Double>> byPosition) {
    Distribution gaps =
        new Distribution(
            positions.stream()
                .flatMap(position -> byPosition.getOrDefault(position, List.of()).stream())
                .mapToDouble(gap -> gap)
                .toArray());
    Double median = gaps.median();
    Double longest = gaps.max();
    double middle = median == null ? Double.NaN : median;
    return new TokenLatency(
        positions.getFirst(), middle, longest != null && longest > STALL * middle ? longest : null);
  }
}
