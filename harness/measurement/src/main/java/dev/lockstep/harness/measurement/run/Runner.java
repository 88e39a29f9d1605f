package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.Ceilings;
import dev.lockstep.harness.measurement.machine.ForeignLoad;
import dev.lockstep.harness.measurement.results.AppendingCsv;
import dev.lockstep.harness.measurement.results.TokensCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Carries out a plan: forks, rounds, turns.
///
/// A fork starts a worker for every variant. A round measures the ceilings and then gives each
/// variant its turn, in an order of its own; the other workers wait meanwhile. A turn is one
/// untimed generation and then every prompt once, timed. Each sample is verified and written before
/// the next begins.
final class Runner {
  private static final int CTRL_C_MILLIS = 300;

  /// What is less is the kernel's own.
  private static final double MIN_FOREIGN_CORES = 0.05;

  private final RunPlan plan;
  private final Workload workload;
  private final WorkerFactory factory;
  private final SampleMaker maker;
  private final LogitsCheck logitsCheck;
  private final OperationsLook operations;
  private final long checkpointBytes;
  private final AppendingCsv<Sample> samplesCsv;
  private final @Nullable AppendingCsv<TokensCsv.Token> tokensCsv;
  private final RunProgress progress;
  private final Set<Sample.Key> finished;
  /// Guarded by itself, since a run that is interrupted is asked for them by another thread.
  private final List<Sample> samples = new ArrayList<>();

  private final WarmUp warmUp;
  private final MemoryAccounts memory = new MemoryAccounts();
  private final ForeignLoad foreignLoad = new ForeignLoad(Path.of("/proc/stat"));

  /// As many as are known to be wanted.
  private int forks = 1;

  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Map<BackendVariant, Map<String, String>> executionPaths = new LinkedHashMap<>();
  private final Map<String, String> clockProblems = new LinkedHashMap<>();

  /// @param finished samples of an earlier, killed run that need not be done again
  Runner(
      RunPlan plan,
      Workload workload,
      WorkerFactory factory,
      SampleMaker maker,
      LogitsCheck logitsCheck,
      OperationsLook operations,
      long checkpointBytes,
      AppendingCsv<Sample> samplesCsv,
      @Nullable AppendingCsv<TokensCsv.Token> tokensCsv,
      RunProgress progress,
      Set<Sample.Key> finished) {
    this.plan = plan;
    this.workload = workload;
    this.factory = factory;
    this.maker = maker;
    this.logitsCheck = logitsCheck;
    this.operations = operations;
    this.checkpointBytes = checkpointBytes;
    this.samplesCsv = samplesCsv;
    this.tokensCsv = tokensCsv;
    this.progress = progress;
    this.finished = finished;
    warmUp = new WarmUp(plan, workload, progress);
  }

  /// Runs groups of variants one group after the other; the variants of a group run side by side.
  ///
  /// @param firstFork from 1
  /// @param lastFork inclusive
  void run(List<List<BackendVariant>> groups, int firstFork, int lastFork) {
    forks = lastFork;
    for (List<BackendVariant> group : groups) {
      boolean checked = firstFork > 1;
      for (int fork = firstFork; fork <= lastFork; fork++) {
        if (!isFinished(fork, group)) {
          fork(fork, group, !checked);
          checked = true;
        }
      }
    }
  }

  private boolean isFinished(int fork, List<BackendVariant> group) {
    for (int round = 0; round < plan.rounds(); round++) {
      for (BackendVariant variant : group) {
        if (!missing(fork, round, variant).isEmpty()) {
          return false;
        }
      }
    }
    return true;
  }

  private List<PromptCase> missing(int fork, int round, BackendVariant variant) {
    return workload.askable(variant, workload.round(round)).stream()
        .filter(promptCase -> !finished.contains(key(fork, round, variant, promptCase)))
        .toList();
  }

  private PromptCase first(BackendVariant variant) {
    List<PromptCase> askable = workload.askable(variant, workload.plain());
    return askable.isEmpty() ? workload.plain().getFirst() : askable.getFirst();
  }

  private static Sample.Key key(
      int fork, int round, BackendVariant variant, PromptCase promptCase) {
    return new Sample.Key(
        fork, round + 1, variant.name(), variant.options(), promptCase.promptId());
  }

  private void fork(int fork, List<BackendVariant> group, boolean checkLogits) {
    long start = System.nanoTime();
    List<Competitor> competitors =
        group.stream().map(variant -> new Competitor(variant, factory)).toList();
    try (CeilingProbe probe = new CeilingProbe(factory, progress, checkpointBytes)) {
      for (Competitor competitor : competitors) {
        progress.phase("loading " + competitor.variant().label());
        competitor.start(first(competitor.variant()));
        WorkerFailure failure = competitor.failure();
        if (!competitor.isRunning() && failure != null) {
          warn(failure);
        }
        warmUp(competitor);
        competitor.describe();
        if (checkLogits) {
          logitsCheck.askSecrets(competitor);
        }
      }
      if (checkLogits) {
        logitsCheck.check(competitors, workload);
      }
      competitors.forEach(Competitor::beginRounds);
      Map<Competitor, Ceilings> ceilings = Map.of();
      for (int round = 0; round < plan.rounds(); round++) {
        ceilings = round(fork, round, competitors, probe);
      }
      competitors.forEach(this::endRounds);
      if (checkLogits) {
        operations.look(competitors, ceilings, samples(), System.nanoTime() - start);
      }
    } finally {
      competitors.forEach(Competitor::close);
    }
  }

  private void endRounds(Competitor competitor) {
    competitor.describe();
    MemoryAccounts.Account account = competitor.memory();
    if (account != null) {
      memory.add(account);
    }
    executionPaths.put(competitor.variant(), competitor.executionPath());
    String clockProblem = competitor.clockProblem();
    if (clockProblem != null) {
      clockProblems.putIfAbsent(competitor.variant().label(), clockProblem);
    }
  }

  private void warmUp(Competitor competitor) {
    try {
      warmUp.run(competitor);
    } catch (WorkerFailure e) {
      warn(e);
    }
  }

  /// @return the ceilings of this round
  private Map<Competitor, Ceilings> round(
      int fork, int round, List<Competitor> competitors, CeilingProbe probe) {
    Map<Competitor, Ceilings> ceilings = probe.measure(competitors);
    var order = RoundOrder.shuffled(competitors, random(fork, round, "backends"));
    var cases = RoundOrder.shuffled(workload.round(round), random(fork, round, "prompts"));
    ForeignLoad.Reading start = foreignLoad.read();
    for (Competitor competitor : order) {
      progress.phase(
          String.format(
              Locale.ROOT,
              "%sround %d of %d: %s",
              forks > 1 ? String.format(Locale.ROOT, "fork %d of %d, ", fork, forks) : "",
              round + 1,
              plan.rounds(),
              competitor.variant().label()));
      List<PromptCase> missing = new ArrayList<>(cases);
      missing.retainAll(missing(fork, round, competitor.variant()));
      if (!missing.isEmpty()) {
        turn(fork, round, competitor, missing, competitors, ceilings.get(competitor));
      }
    }
    foreignLoad.addSince(start);
    return ceilings;
  }

  private java.util.SplittableRandom random(int fork, int round, String purpose) {
    return RoundOrder.random(plan.seed(), fork, round, purpose);
  }

  private void turn(
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
        record(maker.failed(key, competitor, promptCase, end), null);
      } else if (!competitor.isRunning()) {
        record(maker.notRun(key, competitor, promptCase), null);
      } else {
        sample(key, competitor, promptCase, all, ceilings);
      }
      progress.step();
    }
  }

  private void untimed(Competitor competitor) {
    if (competitor.isRunning()) {
      try {
        competitor.generate(first(competitor.variant()));
      } catch (WorkerFailure e) {
        warn(e);
      }
    }
  }

  private void sample(
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
      record(sample, generated);
    } catch (WorkerFailure e) {
      warn(e);
      competitor.takeFatalFailure();
      record(maker.failed(key, competitor, promptCase, e), null);
    }
  }

  private void record(Sample sample, Reply.@Nullable Generated generated) {
    synchronized (samples) {
      parkIfStopped();
      if (tokensCsv != null && generated != null && sample.isTimed()) {
        tokensCsv.append(
            TokensCsv.tokens(
                sample.key(),
                sample.depth() + sample.promptTokens(),
                generated.tokenIds(),
                generated.tokenNanos()));
      }
      samplesCsv.append(List.of(sample));
      samples.add(sample);
    }
  }

  /// A worker that dies may do so because Ctrl-C reached it first: then its end is no result. The
  /// process hears of it within this time.
  private void warn(WorkerFailure e) {
    if (e.kind() == WorkerFailure.Kind.CRASHED) {
      try {
        if (stopped.await(CTRL_C_MILLIS, TimeUnit.MILLISECONDS)) {
          parkIfStopped();
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    progress.warn(e.getMessage());
  }

  private void parkIfStopped() {
    while (stopped.getCount() == 0) {
      LockSupport.park();
    }
  }

  /// Ends the taking of samples for good, and tells those that were taken. A row that is being
  /// written is finished first.
  List<Sample> stop() {
    synchronized (samples) {
      stopped.countDown();
      return List.copyOf(samples);
    }
  }

  /// What the user should know about how it was measured, a line each.
  List<String> notes() {
    List<String> notes = new ArrayList<>(warmUp.notes());
    clockProblems.forEach((label, problem) -> notes.add(label + ": " + problem));
    notes.addAll(memory.notes());
    executionPaths.forEach(
        (variant, path) -> notes.addAll(EngineNotes.of(variant, path, workload)));
    Double cores = foreignLoad.cores();
    if (cores != null && cores > MIN_FOREIGN_CORES) {
      notes.add(
          String.format(
              Locale.ROOT,
              "other programs kept %.2f of %d cores busy while it was measured",
              cores,
              Runtime.getRuntime().availableProcessors()));
    }
    return notes;
  }

  /// As many cores as other programs kept busy while rounds were measured; null if the system does
  /// not tell.
  @Nullable Double foreignCores() {
    return foreignLoad.cores();
  }

  /// What was measured, in order.
  List<Sample> samples() {
    synchronized (samples) {
      return List.copyOf(samples);
    }
  }

  /// What each variant said really ran, last.
  Map<BackendVariant, Map<String, String>> executionPaths() {
    return executionPaths;
  }
}
