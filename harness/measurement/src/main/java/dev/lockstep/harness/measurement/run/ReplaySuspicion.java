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

/// Notices a backend that is much faster where it may know the answer than where it cannot: on
/// prompts it has seen than on new ones of the same length, or on the prompts of the run, whose
/// answers lie on the disk, than on those that nobody could foresee. Even its slowest answer of the
/// one kind must be several times as fast as its fastest of the other. A note, never a verdict: it
/// rests on time.
final class ReplaySuspicion {
  private static final double SUSPICIOUS_RATIO = 3;
  private static final int MIN_SAMPLES = 2;

  private ReplaySuspicion() {}

  /// @param secretTokenMillis how long a token took on a prompt that nobody could foresee, by
  ///     backend
  static List<String> notes(List<Sample> samples, Map<String, Double> secretTokenMillis) {
    List<String> notes = new ArrayList<>(replayed(samples));
    secretTokenMillis.forEach(
        (label, secretMillis) -> {
          double[] millis = tokenMillis(samples, label);
          if (millis.length < MIN_SAMPLES) {
            return;
          }
          double slowest = Arrays.stream(millis).max().orElseThrow();
          if (secretMillis > SUSPICIOUS_RATIO * slowest) {
            notes.add(
                String.format(
                    Locale.ROOT,
                    "%s: at most %.3g ms a token on the prompts of the run but %.3g ms on prompts that nobody could foresee; it may look answers up",
                    label,
                    slowest,
                    secretMillis));
          }
        });
    return notes;
  }

  private static double[] tokenMillis(List<Sample> samples, String label) {
    return samples.stream()
        .filter(sample -> sample.key().label().equals(label))
        .map(Sample::timing)
        .filter(Objects::nonNull)
        .filter(timing -> timing.itlMillis().length > 0)
        .mapToDouble(timing -> timing.decodeMillis() / timing.itlMillis().length)
        .toArray();
  }

  private static List<String> replayed(List<Sample> samples) {
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
