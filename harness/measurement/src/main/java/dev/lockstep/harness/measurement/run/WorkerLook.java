package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.harness.verification.ConsistencyCheck;
import dev.lockstep.harness.verification.ConsistencyPass;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.verification.OperationsPass;
import dev.lockstep.harness.verification.RoundingOracle;
import dev.lockstep.harness.verification.SharpPass;
import dev.lockstep.harness.verification.SharpPrompt;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.worker.Request;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What a backend is asked beyond the prompts in the worker that is timed: the context, sharp
/// prompts, and where the model is small itself and its operations.
final class WorkerLook {
  private static final String SHARP_ID = "sharp";

  private final ContextLook context;
  private final SharpPass sharp;
  private final @Nullable ConsistencyPass consistency;
  private final @Nullable OperationsPass operations;
  private final Duration timeout;

  /// @param small whether a backend is held against itself and its operations are judged
  WorkerLook(Gpt2Weights weights, ContextLook context, boolean small, Duration timeout) {
    Gpt2Config config = weights.config();
    this.context = context;
    this.timeout = timeout;
    sharp = new SharpPass(config);
    consistency = small ? new ConsistencyPass(config, context.tokens()) : null;
    operations = small ? new OperationsPass(weights, context.tokens()) : null;
  }

  /// @param prompts sharp ones
  /// @param right what is right over the context
  /// @param bound what rounding can explain there
  Findings look(
      Competitor competitor,
      Worker worker,
      List<SharpPrompt> prompts,
      RoundingOracle.Answer right,
      double bound) {
    Findings findings = new Findings();
    if (!worker.answers(Request.Play.class)) {
      return findings;
    }
    try {
      context(competitor, worker, right, bound, findings);
      if (!prompts.isEmpty()) {
        choices(competitor, worker, prompts, findings);
      }
      if (consistency != null) {
        consistency(competitor, worker, consistency, bound, findings);
      }
      if (operations != null && competitor.variant().engine() == null) {
        operations(competitor, worker, operations, findings);
      }
    } catch (WorkerFailure e) {
      competitor.note(e);
      findings.wrong(Findings.failed(e));
    }
    return findings;
  }

  private void context(
      Competitor competitor,
      Worker worker,
      RoundingOracle.Answer right,
      double bound,
      Findings findings)
      throws WorkerFailure {
    Verification found = context.look(competitor, worker, right, bound);
    findings.add(found);
    if (!found.reason().isEmpty()) {
      findings.wrong(
          "over the context, " + found.reason() + "; verify --coverage finds the operation");
    }
  }

  private void choices(
      Competitor competitor, Worker worker, List<SharpPrompt> prompts, Findings findings)
      throws WorkerFailure {
    List<SharpPass.Choice> choices = sharp.choose(worker, prompts, timeout);
    List<SharpPass.Choice> wrong =
        choices.stream().filter(choice -> choice.problem() != null).toList();
    boolean excused = competitor.isApproximate();
    String problem =
        excused || wrong.isEmpty()
            ? null
            : String.format(
                Locale.ROOT,
                "on %d of %d sharp prompts another token was chosen; first, after %s: %s",
                wrong.size(),
                choices.size(),
                Arrays.toString(wrong.getFirst().prompt().ids()),
                wrong.getFirst().problem());
    findings.wrong(problem);
    MatchClass right = excused ? MatchClass.APPROXIMATE : MatchClass.IDENTICAL;
    findings.add(
        Verification.tokens(
            BeyondPrompts.subject(competitor, SHARP_ID, longest(prompts), 1),
            BeyondPrompts.outcome(excused, problem),
            new Verification.Tokens(
                choices.size(),
                problem == null ? right : MatchClass.DIVERGED,
                1 - (double) wrong.size() / choices.size(),
                prompts.stream().mapToDouble(SharpPrompt::margin).min().orElseThrow(),
                null),
            problem == null ? "" : problem));
  }

  private void operations(
      Competitor competitor, Worker worker, OperationsPass pass, Findings findings)
      throws WorkerFailure {
    OperationsPass.Result result = pass.watch(worker, timeout);
    boolean excused = competitor.isApproximate();
    String problem = excused ? null : result.problem();
    findings.wrong(problem == null ? null : "an operation is not what its inputs give: " + problem);
    findings.add(
        Verification.operations(
            new Verification.Subject(
                competitor.variant().name(),
                competitor.variant().options(),
                BeyondPrompts.CONTEXT_ID,
                BeyondPrompts.VARIATION,
                "its own inputs in f64",
                pass.tokens(),
                0),
            "prefill and decode",
            BeyondPrompts.outcome(excused, problem),
            result.explanation(),
            problem == null ? "" : problem));
  }

  private void consistency(
      Competitor competitor, Worker worker, ConsistencyPass pass, double bound, Findings findings)
      throws WorkerFailure {
    pass.check(worker, bound, timeout)
        .forEach(
            (check, rows) -> {
              // An approximate backend may round by more where it batches.
              boolean excused = competitor.isApproximate() && check == ConsistencyCheck.BATCH;
              String problem = excused ? null : rows.problem();
              findings.wrong(
                  problem == null
                      ? null
                      : "against itself (%s), %s".formatted(check.description(), problem));
              findings.add(
                  Verification.consistency(
                      new Verification.Subject(
                          competitor.variant().name(),
                          competitor.variant().options(),
                          BeyondPrompts.CONTEXT_ID,
                          BeyondPrompts.VARIATION,
                          "itself",
                          pass.promptTokens(),
                          0),
                      check,
                      BeyondPrompts.outcome(excused, problem),
                      rows,
                      problem == null ? "" : problem));
            });
  }

  private static int longest(List<SharpPrompt> prompts) {
    return prompts.stream().mapToInt(prompt -> prompt.ids().length).max().orElseThrow();
  }
}
