package dev.lockstep.tck;

import dev.lockstep.api.InferenceSession;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// One call of a session in a [Stress] schedule.
///
/// @param position where the session is before it
/// @param tokens what is appended; none where nothing is
/// @param n how many tokens are generated, or the position to rewind to
record StressCall(Kind kind, int position, int[] tokens, int n) {
  private static final int MAX_TOKENS = 20;
  private static final int MAX_NEW = 6;

  /// What calls are drawn from, the commoner ones more often.
  private static final List<Kind> KINDS =
      List.of(
          Kind.FORWARD,
          Kind.FORWARD,
          Kind.FORWARD,
          Kind.GENERATE,
          Kind.GENERATE,
          Kind.FORWARD_GREEDY,
          Kind.FORWARD_ALL,
          Kind.REWIND);

  /// What is called.
  enum Kind {
    FORWARD,
    FORWARD_GREEDY,
    FORWARD_ALL,
    GENERATE,
    REWIND
  }

  /// Draws a call that a session at this position may be asked for.
  static StressCall draw(SplittableRandom random, int position, int positions, int vocabSize) {
    int room = positions - position;
    Kind kind = room < MAX_TOKENS ? Kind.REWIND : KINDS.get(random.nextInt(KINDS.size()));
    if (kind == Kind.REWIND) {
      return new StressCall(kind, position, new int[0], random.nextInt(position + 1));
    }
    // Half of all calls are decoding.
    int most = random.nextBoolean() ? 1 : Math.min(MAX_TOKENS, room);
    int n = kind == Kind.GENERATE ? 1 + random.nextInt(MAX_NEW) : 0;
    int length = 1 + random.nextInt(Math.max(1, Math.min(most, room - n)));
    return new StressCall(kind, position, random.ints(length, 0, vocabSize).toArray(), n);
  }

  /// Where the session is after it.
  int after() {
    return switch (kind) {
      case REWIND -> n;
      case GENERATE -> position + tokens.length + n - 1;
      default -> position + tokens.length;
    };
  }

  /// Makes it.
  ///
  /// @param between is run wherever the backend hands something over in the middle of it
  /// @return all logits or tokens that came of it, and the position after it
  float[] make(InferenceSession session, Runnable between) {
    Answer answer = new Answer();
    switch (kind) {
      case FORWARD -> answer.add(session.forward(tokens));
      case FORWARD_GREEDY -> answer.add(session.forwardGreedy(tokens));
      case FORWARD_ALL ->
          session.forwardAll(
              tokens,
              (at, logits) -> {
                answer.add(at);
                answer.add(logits);
                between.run();
              });
      case GENERATE ->
          session.generateGreedy(
              tokens,
              n,
              token -> {
                answer.add(token);
                between.run();
              });
      case REWIND -> session.rewind(n);
    }
    answer.add(session.position());
    return answer.values();
  }

  @Override
  public String toString() {
    return kind == Kind.REWIND
        ? String.format(Locale.ROOT, "rewind from %d to %d", position, n)
        : String.format(
            Locale.ROOT,
            "%s of %d token%s at position %d",
            kind.name().toLowerCase(Locale.ROOT).replace('_', ' '),
            tokens.length,
            tokens.length == 1 ? "" : "s",
            position);
  }

  private static final class Answer {
    private float[] values = new float[0];

    void add(float... more) {
      int at = values.length;
      values = Arrays.copyOf(values, at + more.length);
      System.arraycopy(more, 0, values, at, more.length);
    }

    float[] values() {
      return values;
    }
  }
}
