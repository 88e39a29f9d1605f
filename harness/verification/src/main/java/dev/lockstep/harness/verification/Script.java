package dev.lockstep.harness.verification;

import dev.lockstep.harness.worker.PlayStep;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Calls to make on the sessions of one model, and what they leave behind.
///
/// @param steps in order
/// @param concurrently whether every session has a thread of its own
record Script(List<PlayStep> steps, boolean concurrently) {
  private static final int UNKNOWN = -1;

  public Script {
    steps = List.copyOf(steps);
  }

  /// Where a row of logits comes from.
  ///
  /// @param step the index of the call
  /// @param position of the token that the logits follow
  public record Row(int step, int session, int position) {}

  /// What every row of logits belongs to, in the order of the logits file.
  public List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    Map<Integer, Integer> positions = new HashMap<>();
    for (int i = 0; i < steps.size(); i++) {
      PlayStep step = steps.get(i);
      int before = positions.getOrDefault(step.session(), 0);
      int after = before + appended(step);
      switch (step.action()) {
        case FORWARD -> rows.add(new Row(i, step.session(), after - 1));
        case FORWARD_ALL, FORWARD_ALL_F64 -> {
          for (int position = before; position < after; position++) {
            rows.add(new Row(i, step.session(), position));
          }
        }
        case REWIND -> after = step.count();
        case FORWARD_GREEDY, GENERATE, OBSERVE, CLOSE -> {}
      }
      positions.put(step.session(), after);
    }
    return rows;
  }

  /// How many tokens a step appends. A generation leaves its last new token out.
  private static int appended(PlayStep step) {
    return switch (step.action()) {
      case FORWARD, FORWARD_ALL, FORWARD_ALL_F64, FORWARD_GREEDY -> step.tokens().length;
      case GENERATE -> step.tokens().length + step.count() - 1;
      case REWIND, OBSERVE, CLOSE -> 0;
    };
  }

  /// The position that a session must end at.
  public int endOf(int session) {
    int position = 0;
    for (PlayStep step : steps) {
      if (step.session() == session) {
        position =
            step.action() == PlayStep.Action.REWIND ? step.count() : position + appended(step);
      }
    }
    return position;
  }

  /// Whether a session is closed before the end.
  public boolean closes(int session) {
    return steps.stream()
        .anyMatch(step -> step.session() == session && step.action() == PlayStep.Action.CLOSE);
  }

  /// The tokens that a session holds at the end. Those of a generation are not known to the script.
  ///
  /// @throws IllegalStateException if the session generates, and holds what it generated
  public int[] tokensOf(int session) {
    int[] tokens = {};
    for (PlayStep step : steps) {
      if (step.session() == session) {
        tokens =
            switch (step.action()) {
              case FORWARD, FORWARD_ALL, FORWARD_ALL_F64, FORWARD_GREEDY ->
                  concatenate(tokens, step.tokens());
              case REWIND -> Arrays.copyOf(tokens, step.count());
              case GENERATE -> concatenate(concatenate(tokens, step.tokens()), unknown(step));
              case OBSERVE, CLOSE -> tokens;
            };
      }
    }
    if (Arrays.stream(tokens).anyMatch(token -> token == UNKNOWN)) {
      throw new IllegalStateException("tokens that are generated");
    }
    return tokens;
  }

  private static int[] unknown(PlayStep generation) {
    int[] tokens = new int[generation.count() - 1];
    Arrays.fill(tokens, UNKNOWN);
    return tokens;
  }

  /// For each token that a session holds at the end, the position of the first token of its call.
  int[] callsOf(int session) {
    int[] starts = {};
    for (PlayStep step : steps) {
      if (step.session() == session) {
        int before = starts.length;
        int after =
            step.action() == PlayStep.Action.REWIND ? step.count() : before + appended(step);
        starts = Arrays.copyOf(starts, after);
        if (after > before) {
          Arrays.fill(starts, before, after, before);
        }
      }
    }
    return starts;
  }

  static int[] concatenate(int[] head, int... tail) {
    int[] all = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, all, head.length, tail.length);
    return all;
  }

  /// The sessions that the steps name, ascending.
  public int[] sessions() {
    return steps.stream().mapToInt(PlayStep::session).distinct().sorted().toArray();
  }

  /// The same calls with every session observed from the start.
  public Script observed() {
    List<PlayStep> all = new ArrayList<>();
    for (int session : sessions()) {
      all.add(PlayStep.observe(session));
    }
    all.addAll(steps);
    return new Script(all, concurrently);
  }

  /// Writes a script down call by call, keeping count of the rows of logits.
  static final class Builder {
    private final List<PlayStep> steps = new ArrayList<>();
    private int rows;

    /// @return the index of the row of logits
    int forward(int session, int... tokens) {
      steps.add(PlayStep.forward(session, tokens));
      return rows++;
    }

    /// @return the index of the first row of logits
    int forwardAll(int session, int... tokens) {
      steps.add(PlayStep.forwardAll(session, tokens));
      rows += tokens.length;
      return rows - tokens.length;
    }

    /// @return the index of the first row of logits
    int forwardAllF64(int session, int... tokens) {
      steps.add(PlayStep.forwardAllF64(session, tokens));
      rows += tokens.length;
      return rows - tokens.length;
    }

    void forwardGreedy(int session, int... tokens) {
      steps.add(PlayStep.forwardGreedy(session, tokens));
    }

    void generate(int session, int[] prompt, int count) {
      steps.add(PlayStep.generate(session, prompt, count));
    }

    void rewind(int session, int position) {
      steps.add(PlayStep.rewind(session, position));
    }

    void observe(int session) {
      steps.add(PlayStep.observe(session));
    }

    void close(int session) {
      steps.add(PlayStep.close(session));
    }

    Script build() {
      return new Script(steps, false);
    }

    Script buildConcurrent() {
      return new Script(steps, true);
    }
  }
}
