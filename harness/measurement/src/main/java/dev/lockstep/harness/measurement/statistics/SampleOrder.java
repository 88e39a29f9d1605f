package dev.lockstep.harness.measurement.statistics;

import java.util.Comparator;
import java.util.List;

/// The order in which samples are shown: backends as on the command line, prompts as in the plan,
/// then by fork and round.
public final class SampleOrder {
  private SampleOrder() {}

  /// @param labels of the backends
  /// @param prompts their ids
  public static Comparator<Sample> of(List<String> labels, List<String> prompts) {
    return Comparator.<Sample>comparingInt(sample -> labels.indexOf(sample.key().label()))
        .thenComparingInt(sample -> prompts.indexOf(sample.key().promptId()))
        .thenComparingInt(sample -> sample.key().fork())
        .thenComparingInt(sample -> sample.key().round());
  }
}
