package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.statistics.Warmth;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.WorkerFailure;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// Has backends work, untimed, before their first round: as many passes over all prompts as the
/// plan says, or until [Warmth] says that it is over.
final class WarmUp {
  /// What is not warm by then is cut off, and the user is told.
  private static final Duration CAP = Duration.ofSeconds(10);

  private final RunPlan plan;
  private final Workload workload;
  private final RunProgress progress;

  /// By label, in the order in which the backends were warmed up.
  private final Map<String, String> notes = new LinkedHashMap<>();

  WarmUp(RunPlan plan, Workload workload, RunProgress progress) {
    this.plan = plan;
    this.workload = workload;
    this.progress = progress;
  }

  /// @throws WorkerFailure if the backend fails; it is then as warm as it gets
  void run(Competitor competitor) throws WorkerFailure {
    Integer passes = plan.warmups();
    Warmth warmth = new Warmth();
    long start = System.nanoTime();
    String label = competitor.variant().label();
    for (int i = 0; competitor.isRunning() && (passes == null || i < passes); i++) {
      progress.phase("warming up " + label);
      pass(competitor, warmth);
      if (passes == null && warmth.isOver()) {
        return;
      }
      if (passes == null && System.nanoTime() - start > CAP.toNanos()) {
        notes.putIfAbsent(
            label,
            String.format(
                Locale.ROOT,
                "%s was not seen to be warm after %d s of warm-up (%s)",
                label,
                CAP.toSeconds(),
                warmth.describe()));
        return;
      }
    }
  }

  private void pass(Competitor competitor, Warmth warmth) throws WorkerFailure {
    List<PromptCase> cases = workload.askable(competitor.variant(), workload.plain());
    double[] millis = new double[cases.size()];
    double jitMillis = 0;
    for (int i = 0; i < millis.length; i++) {
      Reply.Generated generated = competitor.generate(cases.get(i));
      long[] nanos = generated.tokenNanos();
      // No answer takes no time; that it is wrong is found when it is timed.
      millis[i] = nanos.length == 0 ? 1 : nanos[nanos.length - 1] / 1e6;
      jitMillis += Objects.requireNonNullElse(generated.usage().jitMillis(), 0L);
    }
    warmth.add(millis, jitMillis);
  }

  /// What the user should know, a line each.
  List<String> notes() {
    return List.copyOf(notes.values());
  }
}
