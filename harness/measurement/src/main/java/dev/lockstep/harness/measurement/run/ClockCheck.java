package dev.lockstep.harness.measurement.run;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Holds the clock that times tokens, which shares a process with the backend, against the
/// harness's own.
///
/// The harness sees each answer later than the worker, by what a message and the counters of a
/// sample cost. That is the same for a short answer and a long one, so it drops out of the
/// difference between two prompts: where the harness saw the one take much longer than the other,
/// so must the worker. Of every prompt the quickest answer counts, since whatever disturbs one
/// makes it slower.
final class ClockCheck {
  private static final int MIN_ANSWERS = 3;

  /// Of the two prompts, by the harness's clock.
  private static final double MIN_DIFFERENCE_MILLIS = 20;

  private static final double SUSPICIOUS_RATIO = 2;

  /// The quickest answer to a prompt by the harness's clock, and what the worker says of it.
  private record Quickest(int answers, double harnessMillis, double workerMillis) {}

  private final Map<String, Quickest> byPrompt = new LinkedHashMap<>();

  /// Adds an answer, by both clocks.
  void add(String promptId, double harnessMillis, double workerMillis) {
    byPrompt.merge(
        promptId,
        new Quickest(1, harnessMillis, workerMillis),
        (known, added) -> {
          Quickest quickest = added.harnessMillis() < known.harnessMillis() ? added : known;
          return new Quickest(
              known.answers() + 1, quickest.harnessMillis(), quickest.workerMillis());
        });
  }

  /// What is wrong with the worker's clock, or null if nothing is or nothing can be told.
  @Nullable String problem() {
    Quickest shortest = null;
    Quickest longest = null;
    for (Quickest each : byPrompt.values()) {
      if (each.answers() < MIN_ANSWERS) {
        continue;
      }
      if (shortest == null || each.harnessMillis() < shortest.harnessMillis()) {
        shortest = each;
      }
      if (longest == null || each.harnessMillis() > longest.harnessMillis()) {
        longest = each;
      }
    }
    if (shortest == null || longest == null) {
      return null;
    }
    double ofHarness = longest.harnessMillis() - shortest.harnessMillis();
    double ofWorker = longest.workerMillis() - shortest.workerMillis();
    return ofHarness < MIN_DIFFERENCE_MILLIS || ofHarness <= SUSPICIOUS_RATIO * ofWorker
        ? null
        : String.format(
            Locale.ROOT,
            "its worker says that one prompt took it %.3g ms longer than another, the harness's own clock says %.3g ms: its times cannot be right",
            ofWorker,
            ofHarness);
  }
}
