package dev.lockstep.harness.verification;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Logits;
import dev.lockstep.harness.worker.PlayStep;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// One look over the whole context: faults that begin at a position, a block or a length show
/// without being asked for.
///
/// The tokens are seeded random ids, the first and the last of the vocabulary and a repeated one
/// among them. A backend computes them three times: all in one call; in calls of many lengths, in a
/// seeded order or, where long ones would cost too much, an ascending one, every second of them
/// greedy; and the last of them one by one, as decoding does. Every row is held against naive's
/// numbers in double precision, and a greedy token's logit there must be within the bound of the
/// best.
public final class ContextPass {
  /// On both sides of the powers of two that blocks and tiles have.
  private static final int[] LENGTHS = {
    1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129
  };

  private static final int MIN_SINGLE_STEPS = 4;

  /// Where fewer can be afforded, every call computes anew what lies before it.
  private static final int MANY_SINGLE_STEPS = 32;

  private final Gpt2Config config;
  private final int[] tokens;
  private final long seed;

  private ContextPass(Gpt2Config config, int[] tokens, long seed) {
    this.config = config;
    this.tokens = tokens;
    this.seed = seed;
  }

  /// @param positions how much of the context is looked at; at most all of it
  public static ContextPass of(Gpt2Config config, int positions, long seed) {
    int length = Math.min(positions, config.nPositions());
    SplittableRandom random = new SplittableRandom(seed);
    int[] tokens = random.ints(length, 0, config.vocabSize()).toArray();
    int[] corners = {0, config.vocabSize() - 1, 0};
    int part = length / corners.length;
    for (int i = 0; i < corners.length && part > 0; i++) {
      tokens[i * part + random.nextInt(part)] = corners[i];
    }
    return new ContextPass(config, tokens, seed);
  }

  /// Tokens that are chosen already.
  static ContextPass of(Gpt2Config config, int[] tokens, long seed) {
    return new ContextPass(config, tokens, seed);
  }

  /// `[positions]`
  public int[] tokens() {
    return tokens.clone();
  }

  /// What was found.
  ///
  /// @param problem what is wrong, in one line; null if nothing is
  public record Result(LogitsComparison logits, @Nullable String problem) {}

  /// Has a worker with the model loaded compute the tokens, and compares.
  ///
  /// @param right naive's answer at every position
  /// @param bound what rounding can explain
  /// @param singleSteps how many of the last tokens are appended one by one
  /// @throws WorkerFailure if the backend fails
  public Result compare(
      Worker worker, RoundingOracle.Answer right, double bound, int singleSteps, Duration timeout)
      throws WorkerFailure {
    return compare(
        Playback.ScriptRunner.of(worker, timeout),
        position -> right.row(position).exact(),
        bound,
        singleSteps);
  }

  /// Naive's logits in double precision.
  @FunctionalInterface
  interface ExactLogits {
    /// `[vocabSize]`
    double[] row(int position) throws WorkerFailure;
  }

  Result compare(Playback.ScriptRunner runner, ExactLogits right, double bound, int singleSteps)
      throws WorkerFailure {
    Script script = script(singleSteps);
    LogitsComparison logits = new LogitsComparison();
    String problem = null;
    try (Playback play = Playback.of(runner, script, config.vocabSize())) {
      List<Script.Row> rows = script.rows();
      for (int i = 0; i < rows.size(); i++) {
        Script.Row row = rows.get(i);
        double[] exact = right.row(row.position());
        double[] actual = play.logits(i);
        logits.add(exact, actual);
        if (problem == null) {
          problem = problem(exact, actual, bound, call(script.steps().get(row.step()), row));
        }
      }
      if (problem == null) {
        problem = greedyProblem(script, play.played().generated(), right, bound);
      }
    }
    return new Result(logits, problem);
  }

  private static String call(PlayStep step, Script.Row row) {
    return step.tokens().length == 1
        ? String.format(Locale.ROOT, "position %d, in a call of one token", row.position())
        : String.format(
            Locale.ROOT,
            "position %d, in a call of %d tokens",
            row.position(),
            step.tokens().length);
  }

  private static @Nullable String problem(
      double[] exact, double[] actual, double bound, String where) {
    double worst = 0;
    for (int i = 0; i < exact.length; i++) {
      if (!Double.isFinite(actual[i])) {
        return String.format(Locale.ROOT, "at %s, logit %d is %s", where, i, actual[i]);
      }
      worst = Math.max(worst, Math.abs(actual[i] - exact[i]));
    }
    return worst <= bound
        ? null
        : String.format(
            Locale.ROOT,
            "at %s, its logits are off by %.3g, %.3g times what rounding can explain",
            where,
            worst,
            worst / bound);
  }

  private @Nullable String greedyProblem(
      Script script, int[] greedy, ExactLogits right, double bound) throws WorkerFailure {
    int position = 0;
    int next = 0;
    for (PlayStep step : script.steps()) {
      position =
          step.action() == PlayStep.Action.REWIND ? step.count() : position + step.tokens().length;
      if (step.action() == PlayStep.Action.FORWARD_GREEDY) {
        if (next == greedy.length) {
          return "forwardGreedy gave no token";
        }
        int token = greedy[next++];
        double[] exact = right.row(position - 1);
        if (token < 0 || token >= exact.length) {
          return String.format(
              Locale.ROOT, "at position %d, forwardGreedy gave token %d", position - 1, token);
        }
        double below = exact[Logits.argmax(exact)] - exact[token];
        if (below > bound) {
          return String.format(
              Locale.ROOT,
              "at position %d, in a call of %d tokens, forwardGreedy chose token %d, whose logit is %.3g below the best, %.3g times what rounding can explain",
              position - 1,
              step.tokens().length,
              token,
              below,
              below / bound);
        }
      }
    }
    return null;
  }

  private Script script(int singleSteps) {
    Script.Builder script = new Script.Builder();
    script.forwardAllF64(0, tokens);
    script.rewind(0, 0);
    int at = 0;
    boolean greedy = false;
    for (int length : lengths(singleSteps < MANY_SINGLE_STEPS)) {
      int[] call = Arrays.copyOfRange(tokens, at, at + length);
      if (greedy) {
        script.forwardGreedy(0, call);
      } else {
        script.forward(0, call);
      }
      at += length;
      greedy = !greedy;
    }
    int first = Math.max(0, tokens.length - Math.max(MIN_SINGLE_STEPS, singleSteps));
    script.rewind(0, first);
    for (int position = first; position < tokens.length; position++) {
      script.forward(0, tokens[position]);
    }
    return script.build();
  }

  /// Lengths that fill the context.
  ///
  /// @param ascending the short ones first: without a cache the others are dear at any position
  private List<Integer> lengths(boolean ascending) {
    List<Integer> lengths = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(seed);
    List<Integer> untried = new ArrayList<>();
    int left = tokens.length;
    while (left > 0) {
      if (untried.isEmpty()) {
        Arrays.stream(LENGTHS).forEach(untried::add);
      }
      int length = untried.remove(random.nextInt(untried.size()));
      if (length <= left) {
        lengths.add(length);
        left -= length;
      }
    }
    if (ascending) {
      lengths.sort(Comparator.naturalOrder());
    }
    return lengths;
  }
}
