package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Sample.Timing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// Notices a backend that is much faster on prompts it has seen than on new ones of the same
/// length: it may replay answers instead of computing them. Even its slowest repetition must be
/// several times as fast as its fastest new prompt. A note, never a verdict: it rests on time.
final class ReplaySuspicion {
  private static final double SUSPICIOUS_RATIO = 3;
  private static final int MIN_SAMPLES = 2;

  private ReplaySuspicion() {}

  static List<String> notes(List<Sample> samples) {
    Map<String, List<Sample>> groups = new LinkedHashMap<>();
    for (Sample sample : samples) {
      groups
          .computeIfAbsent(
              sample.key().label() + " on " + sample.key().promptId(), k -> new ArrayList<>())
          .add(sample);
    }
    List<String> notes = new ArrayList<>();
    groups.forEach(
        (name, group) -> {
          double[] plain = millis(group, true);
          double[] fresh = millis(group, false);
          if (plain.length < MIN_SAMPLES || fresh.length < MIN_SAMPLES) {
            return;
          }
          double slowestPlain = Arrays.stream(plain).max().orElseThrow();
          double fastestFresh = Arrays.stream(fresh).min().orElseThrow();
          if (fastestFresh > SUSPICIOUS_RATIO * slowestPlain) {
            notes.add(
                String.format(
                    Locale.ROOT,
                    "%s: at most %.3g ms on the repeated prompt but at least %.3g ms on new ones of the same length; it may replay answers",
                    name,
                    slowestPlain,
                    fastestFresh));
          }
        });
    return notes;
  }

  private static double[] millis(List<Sample> group, boolean plain) {
    return group.stream()
        .filter(sample -> sample.variation().equals("plain") == plain)
        .map(Sample::timing)
        .filter(Objects::nonNull)
        .mapToDouble(Timing::e2eMillis)
        .toArray();
  }
}
