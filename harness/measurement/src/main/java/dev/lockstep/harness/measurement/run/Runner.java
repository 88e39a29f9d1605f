package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.Ceilings;
import dev.lockstep.harness.measurement.machine.ForeignLoad;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Carries out a plan: forks, rounds, turns.
///
/// A fork starts a worker for every variant. A round measures the ceilings and then gives each
/// variant its turn, in an order of its own; the other workers wait meanwhile.
final class Runner {
  /// What is less is the kernel's own.
  private static final double MIN_FOREIGN_CORES = 0.05;

  private final RunPlan plan;
  private final Workload workload;
  private final WorkerFactory factory;
  private final Turns turns;
  private final SampleLog log;
  private final LogitsCheck logitsCheck;
  private final OperationsLook operations;
  private final long checkpointBytes;
  private final RunProgress progress;
  private final WarmUp warmUp;
  private final MemoryAccounts memory = new MemoryAccounts();
  private final ForeignLoad foreignLoad = new ForeignLoad(Path.of("/proc/stat"));

  /// As many as are known to be wanted.
  private int forks = 1;

  private final Map<BackendVariant, Map<String, String>> executionPaths = new LinkedHashMap<>();
  private final Map<String, String> clockProblems = new LinkedHashMap<>();

  Runner(
      RunPlan plan,
      Workload workload,
      WorkerFactory factory,
      Turns turns,
      SampleLog log,
      LogitsCheck logitsCheck,
      OperationsLook operations,
      long checkpointBytes,
      RunProgress progress) {
    this.plan = plan;
    this.workload = workload;
    this.factory = factory;
    this.turns = turns;
    this.log = log;
    this.logitsCheck = logitsCheck;
    this.operations = operations;
    this.checkpointBytes = checkpointBytes;
    this.progress = progress;
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
        if (plan.shard().has(fork) && !isFinished(fork, group)) {
          fork(fork, group, !checked);
          checked = true;
        }
      }
    }
  }

  private boolean isFinished(int fork, List<BackendVariant> group) {
    for (int round = 0; round < plan.rounds(); round++) {
      for (BackendVariant variant : group) {
        if (!turns.missing(fork, round, variant).isEmpty()) {
          return false;
        }
      }
    }
    return true;
  }

  private void fork(int fork, List<BackendVariant> group, boolean checkLogits) {
    long start = System.nanoTime();
    List<Competitor> competitors =
        group.stream().map(variant -> new Competitor(variant, factory)).toList();
    try (CeilingProbe probe = new CeilingProbe(factory, progress, checkpointBytes)) {
      for (Competitor competitor : competitors) {
        progress.phase("loading " + competitor.variant().label());
        competitor.start(turns.first(competitor.variant()));
        WorkerFailure failure = competitor.failure();
        if (!competitor.isRunning() && failure != null) {
          log.warn(failure);
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
        operations.look(competitors, ceilings, log.samples(), System.nanoTime() - start);
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
      log.warn(e);
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
      missing.retainAll(turns.missing(fork, round, competitor.variant()));
      if (!missing.isEmpty()) {
        turns.take(fork, round, competitor, missing, competitors, ceilings.get(competitor));
      }
    }
    foreignLoad.addSince(start);
    return ceilings;
  }

  private java.util.SplittableRandom random(int fork, int round, String purpose) {
    return RoundOrder.random(plan.seed(), fork, round, purpose);
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

  /// What each variant said really ran, last.
  Map<BackendVariant, Map<String, String>> executionPaths() {
    return executionPaths;
  }
}
