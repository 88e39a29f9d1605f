package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.harness.verification.Expected;
import dev.lockstep.harness.verification.ForcedLogits;
import dev.lockstep.harness.verification.LogitsComparison;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.RoundingBound;
import dev.lockstep.harness.verification.RoundingOracle;
import dev.lockstep.harness.verification.SharpPrompts;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.error.UserError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Looks behind the tokens, once before the first round and untimed: a wrong computation may pick
/// the right tokens on a few prompts, but its logits show it.
///
/// Each backend decodes the reference's tokens step by step; its logits after the prompt and after
/// every token are compared with naive's in double precision. Over all of them together, max |Δ|
/// must not exceed
/// `16 × max(max|f32 − f64|, ε·max|f64|)`, where `f32` and `f64` are naive's logits and ε = 2⁻²⁴:
/// what rounding can explain, from the reference alone.
final class LogitsCheck {
  private final RoundingOracle oracle;
  private final BeyondPrompts beyond;
  private final int vocabSize;
  private final Duration timeout;
  private final RunProgress progress;
  private final Map<String, String> problems = new ConcurrentHashMap<>();
  private final List<Verification> verifications = new ArrayList<>();
  private long nanos;

  LogitsCheck(
      RoundingOracle oracle,
      Gpt2Weights weights,
      SharpPrompts sharp,
      EarlierChecks earlierChecks,
      WorkerFactory factory,
      RunPlan plan,
      RunProgress progress) {
    this.oracle = oracle;
    this.beyond =
        new BeyondPrompts(
            oracle, weights, sharp, earlierChecks, factory, plan.seed(), plan.timeout());
    this.vocabSize = weights.config().vocabSize();
    this.timeout = plan.timeout();
    this.progress = progress;
  }

  /// Checks those that run, on every prompt as it is.
  ///
  /// @throws UserError if the model's logits are not finite: their argmax says nothing
  void check(List<Competitor> competitors, Workload workload) {
    long start = System.nanoTime();
    for (PromptCase promptCase : workload.plain()) {
      progress.phase("comparing logits on " + promptCase.promptId());
      Expected expected = workload.expected(promptCase);
      int[] prompt = promptCase.ids();
      int[] next = Arrays.copyOf(expected.tokenIds(), expected.tokenIds().length - 1);
      int[] all = Arrays.copyOf(prompt, prompt.length + next.length);
      System.arraycopy(next, 0, all, prompt.length, next.length);
      try (RoundingOracle.Answer right = oracle.ask(all, prompt.length - 1)) {
        double bound = RoundingBound.ofAny(right, 1 + next.length);
        if (!Double.isFinite(bound)) {
          throw UserError.error(
              "prompt '%s': %s; is the checkpoint damaged?"
                  .formatted(promptCase.promptId(), RoundingBound.NOT_FINITE));
        }
        UntimedWork.withEach(
                competitors,
                (competitor, worker) ->
                    competitor.showsLogits()
                        ? check(competitor, worker, promptCase, next, expected, right, bound)
                        : Optional.<Verification>empty())
            .forEach(found -> found.ifPresent(verifications::add));
      } catch (WorkerFailure e) {
        progress.warn("logits were not compared: " + e.getMessage());
        break;
      }
    }
    checkBeyondPrompts(competitors);
    oracle.close();
    nanos += System.nanoTime() - start;
  }

  /// Asks one that is warm and alone what nobody could foresee; [#check] judges its answers.
  void askSecrets(Competitor competitor) {
    beyond.askSecrets(competitor);
  }

  /// How long a token took on a prompt that nobody could foresee, by backend, where that is known.
  Map<String, Double> secretTokenMillis() {
    return beyond.secretTokenMillis();
  }

  private void checkBeyondPrompts(List<Competitor> competitors) {
    progress.phase("comparing over the context");
    try {
      verifications.addAll(beyond.check(competitors));
    } catch (WorkerFailure e) {
      progress.warn("nothing was compared beyond the prompts: " + e.getMessage());
    }
  }

  /// @return empty if it failed
  private Optional<Verification> check(
      Competitor competitor,
      Worker worker,
      PromptCase promptCase,
      int[] next,
      Expected expected,
      RoundingOracle.Answer right,
      double bound)
      throws WorkerFailure {
    LogitsComparison comparison = new LogitsComparison();
    try (ForcedLogits actual =
        ForcedLogits.stepwise(worker, promptCase.ids(), next, vocabSize, timeout)) {
      for (int row = 0; row <= next.length; row++) {
        comparison.add(right.row(row).exact(), actual.row(row));
      }
    } catch (WorkerFailure e) {
      competitor.note(e);
      return Optional.empty();
    }
    String problem = problem(comparison, bound);
    boolean excused = competitor.isApproximate() && comparison.nonFinite() == 0;
    if (problem != null && !excused) {
      problems.put(key(competitor.variant().label(), promptCase.promptId()), problem);
    }
    return Optional.of(
        verification(competitor, promptCase, expected, comparison, bound, excused, problem));
  }

  private static @Nullable String problem(LogitsComparison comparison, double bound) {
    if (comparison.nonFinite() > 0) {
      return String.format(
          Locale.ROOT, "%d of its logits are NaN or infinite", comparison.nonFinite());
    }
    return comparison.maxAbsDifference() <= bound
        ? null
        : String.format(
            Locale.ROOT,
            "its logits are off by %.3g, %.3g times what rounding can explain; verify --explain finds the operation",
            comparison.maxAbsDifference(),
            comparison.maxAbsDifference() / bound);
  }

  private static Verification verification(
      Competitor competitor,
      PromptCase promptCase,
      Expected expected,
      LogitsComparison comparison,
      double bound,
      boolean excused,
      @Nullable String problem) {
    Outcome verdict = problem == null ? Outcome.PASS : Outcome.FAIL;
    return Verification.logits(
        new Verification.Subject(
            competitor.variant().name(),
            competitor.variant().options(),
            promptCase.promptId(),
            promptCase.variation(),
            "naive:precision=f64",
            promptCase.ids().length,
            expected.tokenIds().length),
        excused ? Outcome.APPROXIMATE : verdict,
        comparison,
        bound,
        problem == null ? "" : problem);
  }

  private static String key(String label, String promptId) {
    return label + " on " + promptId;
  }

  /// What is wrong with a backend, on a prompt or beyond the prompts, or null.
  @Nullable String problem(String label, String promptId) {
    String own = problems.get(key(label, promptId));
    return own == null ? beyond.problem(label) : own;
  }

  /// How long it took.
  long nanos() {
    return nanos;
  }

  /// What was found.
  List<Verification> verifications() {
    return verifications;
  }
}
