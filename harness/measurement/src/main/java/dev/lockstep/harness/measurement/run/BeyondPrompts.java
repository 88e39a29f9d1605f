package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.harness.verification.ConsistencyCheck;
import dev.lockstep.harness.verification.ConsistencyPass;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.verification.OperationsPass;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.RoundingBound;
import dev.lockstep.harness.verification.RoundingOracle;
import dev.lockstep.harness.verification.SecretPass;
import dev.lockstep.harness.verification.SharpPass;
import dev.lockstep.harness.verification.SharpPrompt;
import dev.lockstep.harness.verification.SharpPrompts;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Looks once at every backend beyond the prompts, untimed.
///
/// Over the context, since prompts are short, and a fault may begin at a position, a block or a
/// length that none of them has. A large model's context costs minutes, so only as much of it is
/// looked at as is done in seconds, and not again while nothing has changed ([EarlierChecks]);
/// `verify --coverage` looks at all of it.
///
/// On sharp prompts, where some are known for the model: the margins of timed prompts are so wide
/// that a token says little of how it was chosen.
///
/// On prompts that nobody could foresee, whose answers are nowhere to be found.
///
/// And, where the model is small, against themselves, as `verify` does but loosely, operation by
/// operation, as `verify --explain` does, and on the contract's models for weak points, once while
/// nothing has changed ([EarlierChecks]).
final class BeyondPrompts {
  /// What stands for the prompt in `verification.csv`.
  static final String CONTEXT_ID = "context";

  private static final String SHARP_ID = "sharp";
  private static final String SECRET_ID = "secret";

  /// The variation of what is no prompt.
  static final String VARIATION = "beyond";

  /// As many as a backend without a cache can afford.
  private static final int MAX_SHARP = 8;

  /// Above as many weights a backend is not held against itself (four sessions at once need memory
  /// that nobody planned, and a backend without a cache takes minutes), its operations are not
  /// judged, and its answers to secret prompts only where the oracle is running anyway: to start it
  /// takes longer than all else that a second run verifies.
  private static final long MAX_SMALL_WEIGHTS = 16_000_000;

  private final RoundingOracle oracle;
  private final ContextLook context;
  private final SharpPass sharp;
  private final SecretQuestions secrets;
  private final @Nullable ConsistencyPass consistency;
  private final @Nullable OperationsPass operations;
  private final SharpPrompts sharpPrompts;
  private final WeakPointsLook weakPoints;
  private final boolean small;
  private final Duration timeout;
  private final Map<String, String> problems = new ConcurrentHashMap<>();

  BeyondPrompts(
      RoundingOracle oracle,
      Gpt2Weights weights,
      SharpPrompts sharpPrompts,
      EarlierChecks earlierChecks,
      WorkerFactory factory,
      long seed,
      Duration timeout) {
    Gpt2Config config = weights.config();
    this.small = config.parameterCount() <= MAX_SMALL_WEIGHTS;
    this.weakPoints = new WeakPointsLook(factory, earlierChecks);
    this.oracle = oracle;
    this.sharp = new SharpPass(config);
    this.secrets = new SecretQuestions(oracle, config, small, timeout);
    this.sharpPrompts = sharpPrompts;
    this.timeout = timeout;
    context = new ContextLook(config, seed, earlierChecks, timeout);
    consistency = small ? new ConsistencyPass(config, context.tokens()) : null;
    operations = small ? new OperationsPass(weights, context.tokens()) : null;
  }

  /// Asks one that is warm and alone what nobody could foresee; [#check] judges its answers.
  void askSecrets(Competitor competitor) {
    try {
      secrets.ask(competitor);
    } catch (WorkerFailure e) {
      failed(competitor, e);
    }
  }

  /// Checks those that run.
  ///
  /// @throws WorkerFailure if the oracle fails
  List<Verification> check(List<Competitor> competitors) throws WorkerFailure {
    List<SharpPrompt> known = sharpPrompts.known();
    List<SharpPrompt> some = known.subList(0, Math.min(MAX_SHARP, known.size()));
    try (RoundingOracle.Answer right = oracle.ask(context.tokens(), 0)) {
      double bound = RoundingBound.of(right, context.tokens().length);
      return UntimedWork.withEach(
              competitors, (competitor, worker) -> check(competitor, worker, some, right, bound))
          .stream()
          .flatMap(List::stream)
          .toList();
    }
  }

  private List<Verification> check(
      Competitor competitor,
      Worker worker,
      List<SharpPrompt> prompts,
      RoundingOracle.Answer right,
      double bound)
      throws WorkerFailure {
    List<Verification> verifications = new ArrayList<>();
    try {
      verifications.add(context(competitor, worker, right, bound));
      if (!prompts.isEmpty()) {
        verifications.add(choices(competitor, worker, prompts));
      }
      if (consistency != null) {
        verifications.addAll(consistency(competitor, worker, consistency, bound));
      }
      if (operations != null) {
        verifications.add(operations(competitor, worker, operations));
      }
    } catch (WorkerFailure e) {
      failed(competitor, e);
    }
    if (small) {
      verifications.add(weakPoints(competitor));
    }
    // Last, so that the others are at work while the oracle starts.
    SecretPass.Result result = secrets.judge(competitor);
    if (result != null) {
      verifications.add(secrets(competitor, result));
    }
    return verifications;
  }

  private Verification weakPoints(Competitor competitor) {
    Verification found = weakPoints.look(competitor);
    if (found.outcome() == Outcome.FAIL) {
      problems.putIfAbsent(
          competitor.variant().label(), "on a model made for weak points, " + found.reason());
    }
    return found;
  }

  private void failed(Competitor competitor, WorkerFailure e) {
    competitor.note(e);
    problems.putIfAbsent(
        competitor.variant().label(), "beyond the prompts it failed: " + e.getMessage());
  }

  private Verification context(
      Competitor competitor, Worker worker, RoundingOracle.Answer right, double bound)
      throws WorkerFailure {
    Verification found = context.look(competitor, worker, right, bound);
    if (!found.reason().isEmpty()) {
      problems.put(
          competitor.variant().label(),
          "over the context, " + found.reason() + "; verify --coverage finds the operation");
    }
    return found;
  }

  private Verification choices(Competitor competitor, Worker worker, List<SharpPrompt> prompts)
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
    if (problem != null) {
      problems.putIfAbsent(competitor.variant().label(), problem);
    }
    MatchClass right = excused ? MatchClass.APPROXIMATE : MatchClass.IDENTICAL;
    return Verification.tokens(
        subject(competitor, SHARP_ID, longest(prompts), 1),
        outcome(excused, problem),
        new Verification.Tokens(
            choices.size(),
            problem == null ? right : MatchClass.DIVERGED,
            1 - (double) wrong.size() / choices.size(),
            prompts.stream().mapToDouble(SharpPrompt::margin).min().orElseThrow(),
            null),
        problem == null ? "" : problem);
  }

  private Verification secrets(Competitor competitor, SecretPass.Result result) {
    boolean excused = competitor.isApproximate();
    String problem = excused ? null : result.problem();
    if (problem != null) {
      problems.putIfAbsent(
          competitor.variant().label(), "on prompts that nobody could foresee, " + problem);
    }
    MatchClass right = excused ? MatchClass.APPROXIMATE : MatchClass.IDENTICAL;
    return Verification.tokens(
        subject(competitor, SECRET_ID, result.promptTokens(), result.tokens()),
        outcome(excused, problem),
        new Verification.Tokens(
            result.tokens(),
            problem == null ? right : MatchClass.DIVERGED,
            (double) result.right() / result.tokens(),
            result.leastMargin(),
            null),
        problem == null ? "" : problem);
  }

  private Verification operations(Competitor competitor, Worker worker, OperationsPass pass)
      throws WorkerFailure {
    OperationsPass.Result result = pass.watch(worker, timeout);
    boolean excused = competitor.isApproximate();
    String problem = excused ? null : result.problem();
    if (problem != null) {
      problems.putIfAbsent(
          competitor.variant().label(), "an operation is not what its inputs give: " + problem);
    }
    return Verification.operations(
        new Verification.Subject(
            competitor.variant().name(),
            competitor.variant().options(),
            CONTEXT_ID,
            VARIATION,
            "its own inputs in f64",
            pass.tokens(),
            0),
        "prefill and decode",
        outcome(excused, problem),
        result.explanation(),
        problem == null ? "" : problem);
  }

  private List<Verification> consistency(
      Competitor competitor, Worker worker, ConsistencyPass pass, double bound)
      throws WorkerFailure {
    List<Verification> verifications = new ArrayList<>();
    pass.check(worker, bound, timeout)
        .forEach(
            (check, rows) -> {
              // An approximate backend may round by more where it batches.
              boolean excused = competitor.isApproximate() && check == ConsistencyCheck.BATCH;
              String problem = excused ? null : rows.problem();
              if (problem != null) {
                problems.putIfAbsent(
                    competitor.variant().label(),
                    "against itself (%s), %s".formatted(check.description(), problem));
              }
              verifications.add(
                  Verification.consistency(
                      new Verification.Subject(
                          competitor.variant().name(),
                          competitor.variant().options(),
                          CONTEXT_ID,
                          VARIATION,
                          "itself",
                          pass.promptTokens(),
                          0),
                      check,
                      outcome(excused, problem),
                      rows,
                      problem == null ? "" : problem));
            });
    return verifications;
  }

  private static int longest(List<SharpPrompt> prompts) {
    return prompts.stream().mapToInt(prompt -> prompt.ids().length).max().orElseThrow();
  }

  static Outcome outcome(boolean excused, @Nullable String problem) {
    Outcome verdict = problem == null ? Outcome.PASS : Outcome.FAIL;
    return excused ? Outcome.APPROXIMATE : verdict;
  }

  static Verification.Subject subject(
      Competitor competitor, String promptId, int promptTokens, int newTokens) {
    return new Verification.Subject(
        competitor.variant().name(),
        competitor.variant().options(),
        promptId,
        VARIATION,
        "naive:precision=f64",
        promptTokens,
        newTokens);
  }

  /// How long a token took on a prompt that nobody could foresee, by backend, where that is known.
  Map<String, Double> secretTokenMillis() {
    return secrets.tokenMillis();
  }

  /// What is wrong with a backend, or null.
  @Nullable String problem(String label) {
    return problems.get(label);
  }
}
