package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.Ceilings;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The turns of a round: one untimed generation and then every prompt once, timed. A backend that
/// fails has a row for each prompt all the same.
final class Turns {
  private final Workload workload;
  private final SampleMaker maker;
  private final SampleLog log;
  private final RunProgress progress;
  private final Set<Sample.Key> finished;

  /// @param finished samples of an earlier, killed run that need not be done again
  Turns(
      Workload workload,
      SampleMaker maker,
      SampleLog log,
      RunProgress progress,
      Set<Sample.Key> finished) {
    this.workload = workload;
    this.maker = maker;
    this.log = log;
    this.progress = progress;
    this.finished = finished;
  }

  /// What a variant has still to answer in a round.
  List<PromptCase> missing(int fork, int round, BackendVariant variant) {
    return workload.askable(variant, workload.round(round)).stream()
        .filter(promptCase -> !finished.contains(key(fork, round, variant, promptCase)))
        .toList();
  }

  /// What a variant is asked when its answer is not timed.
  PromptCase first(BackendVariant variant) {
    List<PromptCase> askable = workload.askable(variant, workload.plain());
    return askable.isEmpty() ? workload.plain().getFirst() : askable.getFirst();
  }

  private static Sample.Key key(
      int fork, int round, BackendVariant variant, PromptCase promptCase) {
    return new Sample.Key(
        fork, round + 1, variant.name(), variant.options(), promptCase.promptId());
  }

  /// Gives a competitor its turn.
  ///
  /// @param cases in the order in which they are asked
  /// @param all the competitors of the round, which wait meanwhile
  /// @param ceilings what the machine can do at best in this round; null if that is not known
  void take(
      int fork,
      int round,
      Competitor competitor,
      List<PromptCase> cases,
      List<Competitor> all,
      @Nullable Ceilings ceilings) {
    untimed(competitor);
    for (PromptCase promptCase : cases) {
      Sample.Key key = key(fork, round, competitor.variant(), promptCase);
      WorkerFailure end = competitor.takeFatalFailure();
      if (end != null) {
        log.record(maker.failed(key, competitor, promptCase, end), null);
      } else if (!competitor.isRunning()) {
        log.record(maker.notRun(key, competitor, promptCase), null);
      } else {
        timed(key, competitor, promptCase, all, ceilings);
      }
      progress.step();
    }
  }

  private void untimed(Competitor competitor) {
    if (competitor.isRunning()) {
      try {
        competitor.generate(first(competitor.variant()));
      } catch (WorkerFailure e) {
        log.warn(e);
      }
    }
  }

  private void timed(
      Sample.Key key,
      Competitor competitor,
      PromptCase promptCase,
      List<Competitor> all,
      @Nullable Ceilings ceilings) {
    IdleCpu idle = IdleCpu.start(all, competitor);
    try {
      Reply.Generated generated = competitor.generate(promptCase);
      Double idlePercent = idle.percent();
      Sample sample =
          maker.measured(
              key,
              competitor,
              promptCase,
              workload.expected(promptCase),
              generated,
              idlePercent,
              ceilings);
      log.record(sample, generated);
    } catch (WorkerFailure e) {
      log.warn(e);
      competitor.takeFatalFailure();
      log.record(maker.failed(key, competitor, promptCase, e), null);
    }
  }
}
