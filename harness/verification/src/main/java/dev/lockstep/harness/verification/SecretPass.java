package dev.lockstep.harness.verification;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Logits;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.Request;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Has a backend go on from prompts whose answers exist nowhere: they are drawn from the system's
/// random numbers when the model is loaded, and what is right is computed only after the backend
/// has answered, and is not stored. Prompts that a seed or a file tells may be foreseen, and their
/// answers found on the disk that the worker shares with the harness; these cannot.
public final class SecretPass {
  private static final int PROMPTS = 2;
  private static final int PROMPT_TOKENS = 12;
  private static final int NEW_TOKENS = 12;

  private final RoundingOracle oracle;
  private final Gpt2Config config;
  private final SecureRandom random = new SecureRandom();

  public SecretPass(RoundingOracle oracle, Gpt2Config config) {
    this.oracle = oracle;
    this.config = config;
  }

  /// What a backend said.
  ///
  /// @param prompts `[prompt][position]`
  /// @param tokens `[prompt][new token]`, which need be neither as many as were asked for nor in
  ///     the vocabulary
  /// @param asked how many new tokens were asked for after each prompt
  /// @param endOfText the id at which it stops; null if at none
  /// @param tokenMillis how long a token after the first took, on the quickest prompt; null if
  ///     there was none
  public record Answers(
      int[][] prompts,
      int[][] tokens,
      int asked,
      @Nullable Integer endOfText,
      @Nullable Double tokenMillis) {

    /// One that stops at an id has chosen it: the id is added where it gave too few tokens, and
    /// what would have followed is not judged.
    Answers stoppingAt(int id) {
      int[][] complete = new int[tokens.length][];
      for (int i = 0; i < complete.length; i++) {
        int[] own = tokens[i];
        boolean told = own.length > 0 && own[own.length - 1] == id;
        complete[i] = own;
        if (own.length < asked && !told) {
          complete[i] = Arrays.copyOf(own, own.length + 1);
          complete[i][own.length] = id;
        }
      }
      return new Answers(prompts, complete, asked, id, tokenMillis);
    }

    /// How many tokens there must be after a prompt.
    private int count(int prompt) {
      int[] own = tokens[prompt];
      boolean stopped =
          endOfText != null
              && own.length > 0
              && own.length < asked
              && own[own.length - 1] == endOfText;
      return stopped ? own.length : asked;
    }
  }

  /// Whether the answers are right.
  ///
  /// @param promptTokens how long each prompt was
  /// @param tokens how many new tokens were asked for, all prompts together
  /// @param right how many of them were right
  /// @param leastMargin how far the best logit was ahead of the next, where it was least
  /// @param problem what is wrong, in one line; null if nothing is
  public record Result(
      int promptTokens, int tokens, int right, double leastMargin, @Nullable String problem) {}

  /// About how long a backend will take.
  ///
  /// @param tokenMillisPerPosition how long a token takes it over the position of the token, which
  ///     without a cache grows with it
  public static double millis(double tokenMillisPerPosition) {
    return PROMPTS * NEW_TOKENS * tokenMillisPerPosition * (PROMPT_TOKENS + NEW_TOKENS);
  }

  /// Asks a worker with the model loaded, which should have the machine to itself: the time is
  /// taken.
  ///
  /// @param endOfText the id at which it stops; null if at none
  /// @throws WorkerFailure if the backend fails
  public Answers ask(Worker worker, Duration timeout, @Nullable Integer endOfText)
      throws WorkerFailure {
    Answers answers = ask(request -> worker.generate(request, timeout));
    return endOfText != null && endOfText < config.vocabSize()
        ? answers.stoppingAt(endOfText)
        : answers;
  }

  /// Judges what it said.
  ///
  /// @throws WorkerFailure if the oracle fails
  public Result judge(Answers answers) throws WorkerFailure {
    return judge(answers, oracle::askOnce);
  }

  /// The tested backend.
  @FunctionalInterface
  interface Generator {
    Reply.Generated generate(Request.Generate request) throws WorkerFailure;
  }

  /// What is right.
  @FunctionalInterface
  interface Judge {
    RoundingOracle.Answer ask(int[] tokens, int from) throws WorkerFailure;
  }

  Answers ask(Generator backend) throws WorkerFailure {
    int length = Math.clamp(config.nPositions() / 2, 1, PROMPT_TOKENS);
    int count = Math.clamp(config.nPositions() - length, 1, NEW_TOKENS);
    int[][] prompts = new int[PROMPTS][];
    int[][] tokens = new int[PROMPTS][];
    Double tokenMillis = null;
    for (int i = 0; i < PROMPTS; i++) {
      prompts[i] = random.ints(length, 0, config.vocabSize()).toArray();
      Reply.Generated answer = backend.generate(new Request.Generate(prompts[i], 0, count));
      tokens[i] = answer.tokenIds();
      tokenMillis = quicker(tokenMillis, answer.tokenNanos());
    }
    return new Answers(prompts, tokens, count, null, tokenMillis);
  }

  Result judge(Answers answers, Judge judge) throws WorkerFailure {
    int right = 0;
    double leastMargin = Double.POSITIVE_INFINITY;
    String problem = null;
    int asked = 0;
    for (int i = 0; i < answers.prompts().length; i++) {
      int count = answers.count(i);
      asked += count;
      int[] prompt = answers.prompts()[i];
      int[] tokens = answers.tokens()[i];
      String wrong = malformed(tokens, count);
      if (wrong == null) {
        int[] all = Script.concatenate(prompt, Arrays.copyOf(tokens, count - 1));
        try (RoundingOracle.Answer exact = judge.ask(all, prompt.length - 1)) {
          int correct = correct(tokens, exact);
          right += correct;
          leastMargin = Math.min(leastMargin, leastMargin(exact, count));
          wrong = correct == count ? null : describe(prompt, tokens, correct, exact);
        }
      }
      problem = problem == null ? wrong : problem;
    }
    int[][] prompts = answers.prompts();
    return new Result(prompts[0].length, asked, right, leastMargin, problem);
  }

  private @Nullable String malformed(int[] tokens, int count) {
    if (tokens.length != count) {
      return String.format(
          Locale.ROOT, "%d tokens came where %d were asked for", tokens.length, count);
    }
    return Arrays.stream(tokens).allMatch(id -> id >= 0 && id < config.vocabSize())
        ? null
        : "it gave tokens that the vocabulary does not have: " + Arrays.toString(tokens);
  }

  /// How many tokens are right before the first that is not: of those behind it nothing can be
  /// said.
  private static int correct(int[] tokens, RoundingOracle.Answer exact) throws WorkerFailure {
    double bound = RoundingBound.of(exact, tokens.length);
    for (int i = 0; i < tokens.length; i++) {
      if (below(exact.row(i).exact(), tokens[i]) > bound) {
        return i;
      }
    }
    return tokens.length;
  }

  private static double below(double[] logits, int token) {
    return logits[Logits.argmax(logits)] - logits[token];
  }

  private static double leastMargin(RoundingOracle.Answer exact, int rows) throws WorkerFailure {
    double least = Double.POSITIVE_INFINITY;
    for (int row = 0; row < rows; row++) {
      least = Math.min(least, Logits.margin(exact.row(row).exact()));
    }
    return least;
  }

  private static String describe(
      int[] prompt, int[] tokens, int correct, RoundingOracle.Answer exact) throws WorkerFailure {
    return String.format(
        Locale.ROOT,
        "after %s, new token %d is %d, whose logit is %.3g below the best",
        Arrays.toString(Script.concatenate(prompt, Arrays.copyOf(tokens, correct))),
        correct + 1,
        tokens[correct],
        below(exact.row(correct).exact(), tokens[correct]));
  }

  private static @Nullable Double quicker(@Nullable Double known, long[] nanos) {
    if (nanos.length < 2) {
      return known;
    }
    double millis = (nanos[nanos.length - 1] - nanos[0]) / 1e6 / (nanos.length - 1);
    return known == null ? millis : (Double) Math.min(known, millis);
  }
}
