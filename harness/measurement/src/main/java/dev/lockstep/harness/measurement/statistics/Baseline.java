package dev.lockstep.harness.measurement.statistics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The backend that a run's speed-ups refer to: the first that was timed, gave no wrong answer and
/// does not declare itself approximate.
public final class Baseline {
  private Baseline() {}

  /// The samples of that backend; none if there is no such backend.
  ///
  /// @param samples in the order in which backends are to appear
  public static List<Sample> of(List<Sample> samples) {
    Map<String, List<Sample>> byBackend = new LinkedHashMap<>();
    for (Sample sample : samples) {
      byBackend.computeIfAbsent(sample.key().label(), label -> new ArrayList<>()).add(sample);
    }
    for (List<Sample> own : byBackend.values()) {
      Summary summary = new Summary(own);
      if (summary.samples() > 0 && !summary.isWrong() && !summary.isApproximate()) {
        return own;
      }
    }
    return List.of();
  }
}
