package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Status;
import dev.lockstep.harness.measurement.statistics.Summary;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A backend's samples in one run, on the prompts that are compared.
///
/// @param run where they are from
record Contender(RecordedRun run, RecordedBackend backend, List<Sample> samples) {
  static Contender of(RecordedRun run, RecordedBackend backend, Collection<String> prompts) {
    Set<String> wanted = Set.copyOf(prompts);
    return new Contender(
        run,
        backend,
        run.of(backend.label()).stream()
            .filter(sample -> wanted.contains(sample.key().promptId()))
            .toList());
  }

  /// Why it has no speed; null if it has one.
  @Nullable String problem() {
    Summary summary = new Summary(samples);
    String where = backend.label() + " in " + run.directory();
    // A wrong answer to any prompt: its speed on the others would flatter it.
    if (new Summary(run.of(backend.label())).isWrong()) {
      return where + " gave wrong answers, so it has no speed";
    }
    if (summary.samples() > 0) {
      return null;
    }
    Status status = summary.status();
    String reason = summary.reason();
    return "%s has no speed: it is %s%s"
        .formatted(where, status.label(), reason.isEmpty() ? "" : " (" + reason + ")");
  }

  /// Its absolute figure; null if it has none.
  @Nullable Double figure(Metric metric, Collection<String> prompts) {
    if (problem() != null) {
      return null;
    }
    return metric.figure(
        new Summary(samples.stream().filter(s -> prompts.contains(s.key().promptId())).toList()));
  }

  /// Whether its answers are its own, not GPT-2's.
  boolean isApproximate() {
    return backend.isApproximate() || new Summary(samples).isApproximate();
  }
}
