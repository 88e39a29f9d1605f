package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.RoundingBound;
import dev.lockstep.harness.verification.RoundingOracle;
import dev.lockstep.harness.verification.SecretPass;
import dev.lockstep.harness.verification.SharpPrompt;
import dev.lockstep.harness.verification.SharpPrompts;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
  private final WorkerLook workerLook;
  private final SecretQuestions secrets;
  private final SharpPrompts sharpPrompts;
  private final WeakPointsLook weakPoints;
  private final boolean small;
  private final Map<String, String> problems = new LinkedHashMap<>();

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
    this.secrets = new SecretQuestions(oracle, config, small, timeout);
    this.sharpPrompts = sharpPrompts;
    context = new ContextLook(config, seed, earlierChecks, timeout);
    workerLook = new WorkerLook(weights, context, small, timeout);
  }

  /// Asks one that is warm and alone what nobody could foresee; [#check] judges its answers.
  void askSecrets(Competitor competitor) {
    try {
      secrets.ask(competitor);
    } catch (WorkerFailure e) {
      competitor.note(e);
      problems.put(competitor.variant().label(), Findings.failed(e));
    }
  }

  /// Checks those that run. The looks do not wait for each other; what they find comes in the same
  /// order whichever ends first.
  ///
  /// @throws WorkerFailure if the oracle fails
  List<Verification> check(List<Competitor> competitors) throws WorkerFailure {
    List<Competitor> running = competitors.stream().filter(Competitor::isRunning).toList();
    List<SharpPrompt> known = sharpPrompts.known();
    List<SharpPrompt> some = known.subList(0, Math.min(MAX_SHARP, known.size()));
    List<Verification> rows = new ArrayList<>();
    try (RoundingOracle.Answer right = oracle.ask(context.tokens(), 0);
        ExecutorService ahead = Executors.newSingleThreadExecutor()) {
      ahead.execute(secrets::prepare);
      double bound = RoundingBound.of(right, context.tokens().length);
      List<UntimedWork.Task<Findings>> looks = new ArrayList<>();
      looks.add((competitor, worker) -> workerLook.look(competitor, worker, some, right, bound));
      if (small) {
        looks.add((competitor, worker) -> weakPoints(competitor));
      }
      looks.add((competitor, worker) -> secrets(competitor));
      List<List<Findings>> found = UntimedWork.withEach(running, looks);
      for (int i = 0; i < running.size(); i++) {
        String label = running.get(i).variant().label();
        for (Findings findings : found.get(i)) {
          rows.addAll(findings.rows());
          String problem = findings.problem();
          if (problem != null) {
            problems.putIfAbsent(label, problem);
          }
        }
      }
    }
    return rows;
  }

  private Findings weakPoints(Competitor competitor) {
    Findings findings = new Findings();
    if (competitor.variant().engine() != null) {
      return findings;
    }
    Verification found = weakPoints.look(competitor);
    findings.add(found);
    if (found.outcome() == Outcome.FAIL) {
      findings.wrong("on a model made for weak points, " + found.reason());
    }
    return findings;
  }

  private Findings secrets(Competitor competitor) throws WorkerFailure {
    Findings findings = new Findings();
    SecretPass.Result result = secrets.judge(competitor);
    if (result != null) {
      secrets(competitor, result, findings);
    }
    return findings;
  }

  private static void secrets(Competitor competitor, SecretPass.Result result, Findings findings) {
    boolean excused = competitor.isApproximate();
    String problem = excused ? null : result.problem();
    findings.wrong(problem == null ? null : "on prompts that nobody could foresee, " + problem);
    MatchClass right = MatchClass.IDENTICAL.called(excused, competitor.showsLogits());
    findings.add(
        Verification.tokens(
            subject(competitor, SECRET_ID, result.promptTokens(), result.tokens()),
            outcome(excused, problem),
            new Verification.Tokens(
                result.tokens(),
                problem == null ? right : MatchClass.DIVERGED,
                (double) result.right() / result.tokens(),
                result.leastMargin(),
                null),
            problem == null ? "" : problem));
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
