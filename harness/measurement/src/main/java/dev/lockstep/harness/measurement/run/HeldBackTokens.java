package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.statistics.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Notices a backend that hands its tokens over when all of them are made: what looks like the time
/// to the first token is the whole generation's, and what looks like a gap between tokens is
/// nothing.
///
/// A prompt is computed in one pass, so a token of it never costs more than one that is generated,
/// which needs a pass of its own; drafts that are accepted save some of these. A backend is named
/// if its typical new token takes less than a twentieth of the cheapest prompt token. Shorter
/// prompts than [#MIN_PROMPT_TOKENS] say nothing, since what an answer costs whatever its length
/// would count as theirs. A note, never a verdict: it rests on time.
final class HeldBackTokens {
  private static final double SUSPICIOUS_RATIO = 20;
  private static final int MIN_PROMPT_TOKENS = 3;
  private static final int MIN_NEW_TOKENS = 4;
  private static final int MIN_SAMPLES = 2;

  private HeldBackTokens() {}

  static List<String> notes(List<Sample> samples) {
    Map<String, List<Sample.Timing>> timings = new LinkedHashMap<>();
    Map<String, Double> cheapest = new LinkedHashMap<>();
    for (Sample sample : samples) {
      Sample.Timing timing = sample.timing();
      if (timing != null
          && sample.promptTokens() >= MIN_PROMPT_TOKENS
          && timing.itlMillis().length + 1 >= MIN_NEW_TOKENS) {
        String label = sample.key().label();
        timings.computeIfAbsent(label, l -> new ArrayList<>()).add(timing);
        cheapest.merge(label, timing.ttftMillis() / sample.promptTokens(), Math::min);
      }
    }
    List<String> notes = new ArrayList<>();
    timings.forEach(
        (label, own) -> {
          double ofPrompt = cheapest.getOrDefault(label, 0.0);
          double typical = typicalTokenMillis(own);
          if (own.size() >= MIN_SAMPLES && SUSPICIOUS_RATIO * typical < ofPrompt) {
            notes.add(
                String.format(
                    Locale.ROOT,
                    "%s: a new token takes %.2g ms, a token of the prompt at least %.2g ms: it hands tokens over when all are made, so its time to the first one and those between them say nothing",
                    label,
                    typical,
                    ofPrompt));
          }
        });
    return notes;
  }

  /// The median over the samples of the mean time of a token after the first.
  private static double typicalTokenMillis(List<Sample.Timing> timings) {
    double[] millis =
        timings.stream()
            .mapToDouble(timing -> timing.decodeMillis() / timing.itlMillis().length)
            .sorted()
            .toArray();
    return Arrays.stream(millis).skip(millis.length / 2).findFirst().orElseThrow();
  }
}
