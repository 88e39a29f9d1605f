package dev.lockstep.run;

import dev.lockstep.statistics.Distribution;
import dev.lockstep.statistics.Sample;
import dev.lockstep.statistics.Sample.Timing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Notices a backend that is much faster on prompts it has seen than on new ones of the same
// length: it
/// may replay answers instead of computing them. A note, never a verdict: it rests on time.
final class ReplaySuspicion {
  private static final double SUSPICIOUS_RATIO = 3;

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
          Double plain = medianMillis(group, true);
          Double fresh = medianMillis(group, false);
          if (plain != null && fresh != null && fresh > SUSPICIOUS_RATIO * plain) {
            notes.add(
                "%s: %.3g ms on the repeated prompt but %.3g ms on new ones of the same length; it may replay answers"
                    .formatted(name, plain, fresh));
          }
        });
    return notes;
  }

  private static @Nullable Double medianMillis(List<Sample> group, boolean plain) {
    return new Distribution(
            group.stream()
                .filter(sample -> sample.variation().equals("plain") == plain)
                .map(Sample::timing)
                .filter(java.util.Objects::nonNull)
                .mapToDouble(Timing::e2eMillis)
                .toArray())
        .median();
  }
}
