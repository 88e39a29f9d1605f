package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.verification.Expected;
import dev.lockstep.harness.verification.Reference;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.engine.Engine;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Every case of a run and what its new tokens must be, all known before the first round.
final class Workload {
  /// A prefix is drawn again, a few times, while the reference is this undecided about some token:
  /// a prompt on which rounding could decide tests nothing.
  private static final double COMFORTABLE_MARGIN = 1e-2;

  private static final int ATTEMPTS = 4;

  private final Map<String, PromptCase> cases = new LinkedHashMap<>();
  private final Map<String, Expected> expected = new HashMap<>();
  private final RunPlan plan;
  private long nanos;

  private Workload(RunPlan plan) {
    this.plan = plan;
  }

  /// Computes what the reference says about every case.
  ///
  /// @throws WorkerFailure if the reference fails
  static Workload prepare(RunPlan plan, int vocabSize, Reference reference, RunProgress progress)
      throws WorkerFailure {
    long start = System.nanoTime();
    Workload workload = new Workload(plan);
    for (Prompt prompt : plan.prompts()) {
      progress.phase("reference tokens of " + prompt.id());
      PromptCase plain = PromptCase.plain(prompt, plan.newTokens(prompt));
      workload.add(plain, reference.expected(plain.ids(), plain.newTokens()));
      for (int round = 0; round < plan.rounds(); round++) {
        if (PromptCase.isPrefixed(round)) {
          workload.addPrefixed(prompt, round, vocabSize, reference);
        }
      }
    }
    workload.nanos = System.nanoTime() - start;
    return workload;
  }

  /// Those of a list that an engine can be asked, and all of them for a backend of the JVM.
  List<PromptCase> askable(BackendVariant variant, List<PromptCase> some) {
    return some.stream().filter(promptCase -> whyNotAsked(variant, promptCase) == null).toList();
  }

  /// Why an engine is not asked a case, in words; null if it is.
  @Nullable String whyNotAsked(BackendVariant variant, PromptCase promptCase) {
    Engine engine = variant.engine();
    if (engine == null) {
      return null;
    }
    if (engine.isTimedByClient() && promptCase.depth() > 0) {
      return "a server cannot be timed from a depth on";
    }
    return engine.stopsWithin(expected(promptCase).tokenIds())
        ? "the reference meets the end of a text there, where this engine stops"
        : null;
  }

  /// How long the reference took.
  long nanos() {
    return nanos;
  }

  private void add(PromptCase promptCase, Expected tokens) {
    cases.put(promptCase.key(), promptCase);
    expected.put(promptCase.key(), tokens);
  }

  private void addPrefixed(Prompt prompt, int round, int vocabSize, Reference reference)
      throws WorkerFailure {
    PromptCase best = null;
    Expected bestTokens = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      PromptCase candidate =
          PromptCase.prefixed(
              prompt, plan.newTokens(prompt), plan.seed(), round, attempt, vocabSize);
      Expected tokens = reference.expected(candidate.ids(), candidate.newTokens());
      if (best == null || bestTokens == null || tokens.leastMargin() > bestTokens.leastMargin()) {
        best = candidate;
        bestTokens = tokens;
      }
      if (tokens.leastMargin() >= COMFORTABLE_MARGIN) {
        break;
      }
    }
    if (best != null && bestTokens != null) {
      add(best, bestTokens);
    }
  }

  /// The prompts as a round, counted from 0, uses them.
  List<PromptCase> round(int round) {
    String variation = PromptCase.variation(round);
    return plan.prompts().stream().map(prompt -> find(prompt.id(), variation)).toList();
  }

  /// The prompts as they are.
  List<PromptCase> plain() {
    return plan.prompts().stream().map(prompt -> find(prompt.id(), "plain")).toList();
  }

  /// The case of a prompt in a variation.
  PromptCase find(String promptId, String variation) {
    PromptCase promptCase = cases.get(promptId + "/" + variation);
    if (promptCase == null) {
      throw new IllegalArgumentException("no case " + promptId + "/" + variation);
    }
    return promptCase;
  }

  /// What the new tokens of a case must be.
  Expected expected(PromptCase promptCase) {
    Expected tokens = expected.get(promptCase.key());
    if (tokens == null) {
      throw new IllegalArgumentException("no case " + promptCase.key());
    }
    return tokens;
  }
}
