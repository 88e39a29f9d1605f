package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Status;
import dev.lockstep.harness.measurement.statistics.Summary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Says why a backend of the result table failed, a line each: its first wrong answer, else what
/// first kept it from answering. Why one is unavailable is said elsewhere.
final class FailureNotes {
  private FailureNotes() {}

  static List<String> of(List<Sample> samples) {
    Map<String, Sample> failures = new LinkedHashMap<>();
    Map<String, List<Sample>> all = new LinkedHashMap<>();
    for (Sample sample : samples) {
      all.computeIfAbsent(sample.key().label(), label -> new ArrayList<>()).add(sample);
      if (sample.status() != Status.OK && sample.status() != Status.UNAVAILABLE) {
        failures.merge(
            sample.key().label(),
            sample,
            (first, later) -> isWrong(later) && !isWrong(first) ? later : first);
      }
    }
    List<String> notes = new ArrayList<>();
    failures.forEach(
        (label, sample) ->
            notes.add(
                label
                    + (isWrong(sample) ? " on " + sample.key().promptId() : "")
                    + ": "
                    + sample.reason()
                    + (isWrong(sample)
                        ? ""
                        : count(new Summary(all.getOrDefault(label, List.of()))))));
    return notes;
  }

  /// What failed in one fork may have been measured in the others.
  private static String count(Summary summary) {
    return String.format(
        Locale.ROOT, "; %d of %d samples were measured", summary.samples(), summary.asked());
  }

  private static boolean isWrong(Sample sample) {
    return sample.status() == Status.MISMATCH;
  }
}
