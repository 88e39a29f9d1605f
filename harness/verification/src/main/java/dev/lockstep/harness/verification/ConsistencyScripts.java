package dev.lockstep.harness.verification;

import dev.lockstep.api.Gpt2Config;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Writes the script of each [ConsistencyCheck] for one prompt.
final class ConsistencyScripts {
  private static final int THREADS = 4;
  private static final int REPETITIONS = 3;

  private final Gpt2Config config;
  private final int[] prompt;
  private final int[] next;
  private final int[] other;

  /// @param next tokens that follow the prompt; as many as there are and fit
  ConsistencyScripts(Gpt2Config config, int[] prompt, int[] next) {
    this.config = config;
    this.prompt = prompt;
    this.next = Arrays.copyOf(next, Math.min(next.length, config.nPositions() - prompt.length));
    other = changed(prompt, 1);
  }

  /// Two rows of logits that must agree.
  ///
  /// @param exact to the bit
  record Pair(int row, int otherRow, boolean exact, String what) {}

  /// A script and what must agree in it.
  record Plan(Script script, List<Pair> pairs) {}

  /// The check's plan; [ConsistencyCheck#GENERATE] has none, since its tokens are not known
  /// beforehand, [ConsistencyCheck#THREADS] compares two plays of the same script, and
  /// [ConsistencyCheck#SECOND_SESSION] one with those of [#alone].
  Plan plan(ConsistencyCheck check) {
    return switch (check) {
      case BATCH -> BatchScript.plan(prompt);
      case REWIND -> rewind();
      case REPEAT -> repeat();
      case SECOND_SESSION -> new Plan(secondSession(), List.of());
      case CLOSE -> close();
      case OBSERVE -> observe();
      case THREADS -> new Plan(threads(true), List.of());
      case GENERATE -> throw new IllegalArgumentException("generation has no script");
    };
  }

  private int[] changed(int[] tokens, int by) {
    return Arrays.stream(tokens).map(token -> (token + by) % config.vocabSize()).toArray();
  }

  /// @return the row after the last token
  static int forwardInParts(Script.Builder script, int session, int[] tokens, int cut) {
    if (cut > 0) {
      script.forward(session, Arrays.copyOf(tokens, cut));
    }
    return script.forward(session, Arrays.copyOfRange(tokens, cut, tokens.length));
  }

  private Plan rewind() {
    Script.Builder script = new Script.Builder();
    int cut = prompt.length / 2;
    int[] end = Arrays.copyOfRange(prompt, cut, prompt.length);
    int[] otherEnd = Arrays.copyOfRange(other, cut, prompt.length);
    int first = forwardInParts(script, 0, prompt, cut);
    script.rewind(0, cut);
    int replaced = script.forward(0, otherEnd);
    script.rewind(0, cut);
    int replayed = script.forward(0, end);
    script.rewind(0, 0);
    int restarted = forwardInParts(script, 0, prompt, cut);
    int fresh = forwardInParts(script, 1, prompt, cut);
    int freshOther =
        forwardInParts(script, 2, Script.concatenate(Arrays.copyOf(prompt, cut), otherEnd), cut);
    // The last thing an observed session does is what a rewind most easily spoils.
    script.rewind(0, cut);
    int again = script.forward(0, otherEnd);
    // The same tokens would hide what a reset keeps of them.
    forwardInParts(script, 3, prompt, cut);
    script.rewind(3, 0);
    int reused = forwardInParts(script, 3, other, cut);
    int freshReused = forwardInParts(script, 4, other, cut);
    List<Pair> pairs =
        new ArrayList<>(
            List.of(
                new Pair(first, fresh, true, "two fresh sessions"),
                new Pair(
                    replaced, freshOther, true, "other tokens after a rewind and a fresh session"),
                new Pair(
                    replayed, fresh, true, "the same tokens after a rewind and a fresh session"),
                new Pair(restarted, fresh, true, "a session rewound to 0 and a fresh one"),
                new Pair(again, freshOther, true, "other tokens after rewinds and a fresh session"),
                new Pair(
                    reused,
                    freshReused,
                    true,
                    "another prompt after a rewind to 0 and a fresh session")));
    addSingleToken(script, pairs);
    addGeneration(script, pairs, freshOther);
    return new Plan(script.build(), pairs);
  }

  /// One token takes another path than several.
  private void addSingleToken(Script.Builder script, List<Pair> pairs) {
    int last = prompt.length - 1;
    forwardInParts(script, 5, Script.concatenate(Arrays.copyOf(prompt, last), other[last]), last);
    script.rewind(5, last);
    int replaced = script.forward(5, prompt[last]);
    int fresh = forwardInParts(script, 6, prompt, last);
    pairs.add(
        new Pair(replaced, fresh, true, "another last token after a rewind and a fresh session"));
  }

  /// What a loop of its own leaves behind is to be forgotten, too.
  private void addGeneration(Script.Builder script, List<Pair> pairs, int fresh) {
    if (next.length == 0) {
      return;
    }
    int cut = prompt.length / 2;
    if (cut > 0) {
      script.forward(7, Arrays.copyOf(prompt, cut));
    }
    script.generate(7, Arrays.copyOfRange(prompt, cut, prompt.length), next.length);
    script.rewind(7, cut);
    int replaced = script.forward(7, Arrays.copyOfRange(other, cut, prompt.length));
    pairs.add(
        new Pair(
            replaced, fresh, true, "other tokens after generating, a rewind and a fresh session"));
  }

  /// The prompt and the tokens that follow it, one by one.
  ///
  /// @return the rows
  private static int[] run(Script.Builder script, int session, int[] prompt, int[] next) {
    int[] rows = new int[1 + next.length];
    rows[0] = script.forward(session, prompt);
    for (int i = 0; i < next.length; i++) {
      rows[i + 1] = script.forward(session, next[i]);
    }
    return rows;
  }

  private static void pair(List<Pair> pairs, int[] rows, int[] otherRows, String what) {
    for (int i = 0; i < rows.length; i++) {
      String where =
          i == 0 ? "after the prompt" : String.format(Locale.ROOT, "after %d more tokens", i);
      pairs.add(new Pair(rows[i], otherRows[i], true, what + ", " + where));
    }
  }

  private Plan repeat() {
    Script.Builder script = new Script.Builder();
    List<Pair> pairs = new ArrayList<>();
    int[] first = run(script, 0, prompt, next);
    pair(pairs, first, run(script, 1, prompt, next), "two fresh sessions");
    script.rewind(0, 0);
    pair(pairs, first, run(script, 0, prompt, next), "a fresh session and an emptied one");
    return new Plan(script.build(), pairs);
  }

  /// Two sessions that take turns. The rows are those of the first and the second, alternating.
  private Script secondSession() {
    Script.Builder script = new Script.Builder();
    int[][] turns = turnsOf(0);
    int[][] otherTurns = turnsOf(1);
    for (int i = 0; i < turns.length; i++) {
      script.forward(0, turns[i]);
      script.forward(1, otherTurns[i]);
    }
    return script.build();
  }

  /// What one of the two does, while there is no other session.
  Script alone(int session) {
    Script.Builder script = new Script.Builder();
    for (int[] turn : turnsOf(session)) {
      script.forward(0, turn);
    }
    return script.build();
  }

  private int[][] turnsOf(int session) {
    return turns(changed(prompt, session), changed(next, session), prompt.length / 2);
  }

  /// Between two calls of a session, another one that has done something is closed.
  private Plan close() {
    Script.Builder script = new Script.Builder();
    int[][] turns = turns(prompt, next, prompt.length / 2);
    int[] rows = new int[turns.length];
    int[] alone = new int[turns.length];
    for (int i = 0; i < turns.length; i++) {
      rows[i] = script.forward(0, turns[i]);
      if (i == 0) {
        script.forward(1, other);
        script.close(1);
      }
    }
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < turns.length; i++) {
      alone[i] = script.forward(2, turns[i]);
      String what =
          String.format(Locale.ROOT, "call %d: after another session was closed and alone", i + 1);
      pairs.add(new Pair(rows[i], alone[i], true, what));
    }
    return new Plan(script.build(), pairs);
  }

  /// The calls of a session: the prompt in two parts, then token by token.
  private static int[][] turns(int[] prompt, int[] next, int cut) {
    List<int[]> turns = new ArrayList<>();
    if (cut > 0) {
      turns.add(Arrays.copyOf(prompt, cut));
    }
    turns.add(Arrays.copyOfRange(prompt, cut, prompt.length));
    for (int token : next) {
      turns.add(new int[] {token});
    }
    return turns.toArray(int[][]::new);
  }

  private Plan observe() {
    Script.Builder script = new Script.Builder();
    List<Pair> pairs = new ArrayList<>();
    // First: observing might change other sessions, too.
    int[] unwatched = run(script, 1, prompt, next);
    script.observe(0);
    int[] watched = run(script, 0, prompt, next);
    pair(pairs, watched, unwatched, "an observed session and one that is not");
    return new Plan(script.build(), pairs);
  }

  /// Several sessions with prompts of their own, each again and again.
  Script threads(boolean concurrently) {
    Script.Builder script = new Script.Builder();
    for (int session = 0; session < THREADS; session++) {
      for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        if (repetition > 0) {
          script.rewind(session, 0);
        }
        run(script, session, changed(prompt, session), next);
      }
    }
    return concurrently ? script.buildConcurrent() : script.build();
  }

  /// What generation really does: the prompt at once, then token by token.
  Script prefillAndDecode(int[] following) {
    Script.Builder script = new Script.Builder();
    run(script, 0, prompt, following);
    return script.build();
  }
}
