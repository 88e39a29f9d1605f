package dev.lockstep.harness.verification;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Logits;
import dev.lockstep.harness.worker.WorkerFailure;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Runs the [ConsistencyCheck]s on one prompt.
final class SelfConsistency {
  private static final int GENERATED = 8;

  private final Playback.ScriptRunner runner;
  private final Gpt2Config config;
  private final int[] prompt;
  private final double bound;
  private final boolean asksForBits;
  private final ConsistencyScripts scripts;

  /// @param next tokens that follow the prompt
  /// @param bound by how much logits may differ that were computed in calls of other lengths
  SelfConsistency(
      Playback.ScriptRunner runner, Gpt2Config config, int[] prompt, int[] next, double bound) {
    this(runner, config, prompt, next, bound, true);
  }

  /// @param asksForBits whether what must have the same bits fails without them; else it may differ
  ///     by the bound, as everything may
  SelfConsistency(
      Playback.ScriptRunner runner,
      Gpt2Config config,
      int[] prompt,
      int[] next,
      double bound,
      boolean asksForBits) {
    this.runner = runner;
    this.asksForBits = asksForBits;
    this.config = config;
    this.prompt = prompt;
    this.bound = bound;
    scripts = new ConsistencyScripts(config, prompt, next);
  }

  /// The checks that a prompt leaves room for.
  List<ConsistencyCheck> checks() {
    return Arrays.stream(ConsistencyCheck.values())
        .filter(check -> check != ConsistencyCheck.GENERATE || room() > 0)
        .toList();
  }

  private int room() {
    return config.nPositions() - prompt.length;
  }

  /// Runs one check.
  ///
  /// @throws WorkerFailure if the backend fails
  RowComparison run(ConsistencyCheck check) throws WorkerFailure {
    return switch (check) {
      case GENERATE -> generate();
      case THREADS -> threads();
      case SECOND_SESSION -> secondSession();
      case BATCH, REWIND, REPEAT, CLOSE, OBSERVE -> pairs(check);
    };
  }

  private RowComparison pairs(ConsistencyCheck check) throws WorkerFailure {
    ConsistencyScripts.Plan plan = scripts.plan(check);
    RowComparison comparison = new RowComparison(bound);
    try (Playback play = play(plan.script())) {
      for (ConsistencyScripts.Pair pair : plan.pairs()) {
        comparison.add(
            play.logits(pair.row()),
            play.logits(pair.otherRow()),
            asksForBits && pair.exact(),
            pair.what());
      }
      checkPositions(play, comparison);
    }
    return comparison;
  }

  private Playback play(Script script) throws WorkerFailure {
    return Playback.of(runner, script, config.vocabSize());
  }

  private static void checkPositions(Playback play, RowComparison comparison) {
    for (int session : play.script().sessions()) {
      if (play.script().closes(session)) {
        continue;
      }
      int position = play.played().positions()[session];
      int expected = play.script().endOf(session);
      if (position != expected) {
        comparison.complain(
            String.format(
                Locale.ROOT,
                "position() is %d at the end, and %d tokens are held",
                position,
                expected));
      }
    }
  }

  /// Alone means that there is no other session, not that the others rest.
  private RowComparison secondSession() throws WorkerFailure {
    RowComparison comparison = new RowComparison(bound);
    try (Playback together = play(scripts.plan(ConsistencyCheck.SECOND_SESSION).script());
        Playback first = play(scripts.alone(0));
        Playback second = play(scripts.alone(1))) {
      int calls = first.script().rows().size();
      for (int i = 0; i < calls; i++) {
        String what =
            String.format(Locale.ROOT, ", call %d: beside another session and alone", i + 1);
        comparison.add(
            together.logits(2 * i), first.logits(i), asksForBits, "the first session" + what);
        comparison.add(
            together.logits(2 * i + 1), second.logits(i), asksForBits, "the second session" + what);
      }
      checkPositions(together, comparison);
    }
    return comparison;
  }

  private RowComparison threads() throws WorkerFailure {
    RowComparison comparison = new RowComparison(bound);
    try (Playback alone = play(scripts.threads(false));
        Playback together = play(scripts.threads(true))) {
      List<Script.Row> rows = alone.script().rows();
      for (int row = 0; row < rows.size(); row++) {
        String what =
            String.format(
                Locale.ROOT,
                "session %d, position %d: alone and with others",
                rows.get(row).session(),
                rows.get(row).position());
        comparison.add(alone.logits(row), together.logits(row), asksForBits, what);
      }
    }
    return comparison;
  }

  /// Generates, then forwards what was generated: each new token, and what `forwardGreedy` says in
  /// its place, must be the best of the logits before it, but for rounding, and the session must go
  /// on where generation should have left it.
  /// The same must come where the session holds the first half of the prompt already. Once more
  /// with another beginning of the prompt, which an answer that is replayed would miss.
  private RowComparison generate() throws WorkerFailure {
    RowComparison comparison = new RowComparison(bound);
    generate(prompt, comparison);
    int[] otherStart = prompt.clone();
    for (int i = 0; i < prompt.length / 2; i++) {
      otherStart[i] = (prompt[i] + 1) % config.vocabSize();
    }
    if (comparison.problem() == null && prompt.length > 1) {
      generate(otherStart, comparison);
    }
    return comparison;
  }

  private void generate(int[] start, RowComparison comparison) throws WorkerFailure {
    int count = Math.min(GENERATED, room());
    Script.Builder only = new Script.Builder();
    only.generate(0, start, count);
    int[] tokens;
    try (Playback play = play(only.build())) {
      tokens = play.played().generated();
      if (tokens.length == count) {
        checkPositions(play, comparison);
      }
    }
    if (tokens.length != count) {
      comparison.complain(
          String.format(
              Locale.ROOT, "%d tokens came where %d were asked for", tokens.length, count));
      return;
    }
    for (int token : tokens) {
      if (token < 0 || token >= config.vocabSize()) {
        comparison.complain(
            String.format(Locale.ROOT, "token id %d is outside the vocabulary", token));
        return;
      }
    }
    if (comparison.problem() == null) {
      forward(start, tokens, comparison);
    }
  }

  private void forward(int[] start, int[] tokens, RowComparison comparison) throws WorkerFailure {
    int count = tokens.length;
    Script.Builder both = new Script.Builder();
    both.generate(0, start, count);
    int after = both.forward(0, tokens[count - 1]);
    int[] rows = new int[count + 1];
    rows[0] = both.forward(1, start);
    both.forwardGreedy(2, start);
    for (int i = 0; i < count; i++) {
      rows[i + 1] = both.forward(1, tokens[i]);
      if (i + 1 < count) {
        both.forwardGreedy(2, tokens[i]);
      }
    }
    int held = start.length / 2;
    if (held > 0) {
      both.forward(3, Arrays.copyOf(start, held));
      both.generate(3, Arrays.copyOfRange(start, held, start.length), count);
    }
    try (Playback play = play(both.build())) {
      comparison.add(
          play.logits(after), play.logits(rows[count]), false, "after generating and forwarding");
      int[] chosen = play.played().generated();
      for (int i = 0; i < count; i++) {
        String what = String.format(Locale.ROOT, "new token %d of generateGreedy", i);
        checkBest(play.logits(rows[i]), tokens[i], what, comparison);
        // What was generated stands before what forwardGreedy chose.
        what = String.format(Locale.ROOT, "forwardGreedy before new token %d", i);
        checkBest(play.logits(rows[i]), chosen[count + i], what, comparison);
      }
      if (held > 0) {
        int[] continued = Arrays.copyOfRange(chosen, 2 * count, chosen.length);
        checkContinued(play, rows, tokens, continued, comparison);
        checkPositions(play, comparison);
      }
    }
  }

  /// What is generated after a part of the prompt that the session holds already. Where rounding
  /// decides otherwise, what follows is another text.
  private void checkContinued(
      Playback play, int[] rows, int[] tokens, int[] continued, RowComparison comparison)
      throws WorkerFailure {
    if (continued.length != tokens.length) {
      comparison.complain(
          String.format(
              Locale.ROOT,
              "%d tokens came where %d were asked for",
              continued.length,
              tokens.length));
      return;
    }
    boolean isSameText = true;
    for (int i = 0; isSameText && i < tokens.length; i++) {
      String what = String.format(Locale.ROOT, "new token %d of generateGreedy after a forward", i);
      checkBest(play.logits(rows[i]), continued[i], what, comparison);
      isSameText = continued[i] == tokens[i];
    }
  }

  private void checkBest(double[] logits, int token, String what, RowComparison comparison) {
    int best = Logits.argmax(logits);
    if (token < 0 || token >= logits.length) {
      comparison.complain(
          String.format(Locale.ROOT, "%s is %d, outside the vocabulary", what, token));
    } else if (token != best && !(logits[best] - logits[token] <= bound)) {
      comparison.complain(
          String.format(
              Locale.ROOT,
              "%s is %d, but forward prefers %d by %.3g",
              what,
              token,
              best,
              logits[best] - logits[token]));
    }
  }
}
