package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Runs the forks of a plan, and those that its pilot asks for.
final class ForkSchedule {
  private final RunPlan plan;
  private final Runner runner;
  private final SampleLog log;
  private final RunProgress progress;
  private final long finished;
  private final List<String> notes = new ArrayList<>();
  private int forks;

  /// @param finished how many samples of an earlier, killed run need not be done again
  ForkSchedule(RunPlan plan, Runner runner, SampleLog log, RunProgress progress, long finished) {
    this.plan = plan;
    this.runner = runner;
    this.log = log;
    this.progress = progress;
    this.finished = finished;
  }

  /// @param groups variants that run side by side; the groups run one after the other
  /// @param earlier samples of an earlier, killed run
  /// @param order in which backends are to appear
  void run(List<List<BackendVariant>> groups, List<Sample> earlier, Comparator<Sample> order) {
    long start = System.nanoTime();
    expect(groups, plan.ownForks(), finished);
    forks = plan.forks();
    runner.run(groups, 1, forks);
    ForkSizing sizing = plan.sizing();
    if (sizing != null) {
      List<Sample> pilot = new ArrayList<>(earlier);
      pilot.addAll(log.samples());
      pilot.removeIf(sample -> sample.key().fork() > plan.forks());
      pilot.sort(order);
      Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
      ForkSizing.Decision decision = sizing.decide(pilot, elapsed);
      notes.add(decision.explanation());
      forks = decision.forks();
      if (!sizing.pilotOnly()) {
        expect(groups, forks - plan.forks(), 0);
        runner.run(groups, plan.forks() + 1, forks);
      }
    }
    notes.addAll(runner.notes());
  }

  private void expect(List<List<BackendVariant>> groups, int forks, long done) {
    long round = (long) groups.stream().mapToInt(List::size).sum() * plan.prompts().size();
    long steps = Math.max(0, round * forks * plan.rounds() - done);
    // One at a time, the backends come one after the other: none tells how long the next takes.
    progress.expect(steps, groups.size() == 1 ? round : steps);
  }

  /// How many forks there are, those included that the pilot asked for.
  int forks() {
    return forks;
  }

  /// What the user should know about how it was measured, a line each.
  List<String> notes() {
    return notes;
  }
}
