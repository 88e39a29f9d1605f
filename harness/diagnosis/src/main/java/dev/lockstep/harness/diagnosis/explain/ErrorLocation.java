package dev.lockstep.harness.diagnosis.explain;

import dev.lockstep.harness.diagnosis.operation.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;

/// What the wrong rows of an operation have in common that the right ones lack, and which channels
/// are wrong in them: facts about what was shown, where a hint is a conclusion.
final class ErrorLocation {
  private static final int[] BLOCKS = {4, 8, 16, 32, 64};

  private final Trace trace;
  private final int[] shown;
  private final int[] wrong;
  private final int[] endOfCall;

  /// @param shown the positions at which the operation was shown, ascending
  /// @param wrong those of them at which it is beyond its budget, at least one
  ErrorLocation(Trace trace, int[] shown, int[] wrong) {
    this.trace = trace;
    this.shown = shown;
    this.wrong = wrong;
    int length = trace.tokens().length;
    endOfCall = new int[length];
    for (int position = length - 1; position >= 0; position--) {
      boolean last =
          position == length - 1 || trace.firstOfCall(position + 1) != trace.firstOfCall(position);
      endOfCall[position] = last ? position + 1 : endOfCall[position + 1];
    }
  }

  /// Everything that is true of the wrong rows and of no right one; nothing if all are wrong.
  List<String> rows() {
    List<String> common = new ArrayList<>();
    if (wrong.length == shown.length) {
      return common;
    }
    int first = wrong[0];
    int last = wrong[wrong.length - 1];
    int length = callLength(first);
    add(
        common,
        String.format(Locale.ROOT, "every row from position %d on", first),
        p -> p >= first);
    add(common, String.format(Locale.ROOT, "every row up to position %d", last), p -> p <= last);
    add(common, "every row of a call of %s".formatted(count(length)), p -> callLength(p) == length);
    add(common, "every row of a call of several tokens", p -> callLength(p) > 1);
    addLengths(common);
    if (length > 1) {
      add(common, "the last row of every call of several tokens", this::isLastOfSeveral);
      add(common, "the first row of every call of several tokens", this::isFirstOfSeveral);
    }
    if (wrong.length > 1) {
      add(common, "every odd position", p -> p % 2 == 1);
      add(common, "every even position", p -> p % 2 == 0);
      for (int block : BLOCKS) {
        add(common, "every position that is a multiple of " + block, p -> p % block == 0);
        add(common, "every position before a multiple of " + block, p -> (p + 1) % block == 0);
      }
    } else if (common.isEmpty()) {
      common.add(String.format(Locale.ROOT, "position %d alone", first));
    }
    return common;
  }

  /// Lengths that a block, a tile or an unrolled loop tells apart.
  private void addLengths(List<String> common) {
    int shortest = Arrays.stream(wrong).map(this::callLength).min().orElseThrow();
    int longest = Arrays.stream(wrong).map(this::callLength).max().orElseThrow();
    if (shortest < longest) {
      add(
          common,
          String.format(Locale.ROOT, "every row of a call of %d tokens or more", shortest),
          p -> callLength(p) >= shortest);
      add(
          common,
          String.format(Locale.ROOT, "every row of a call of at most %d tokens", longest),
          p -> callLength(p) <= longest);
      for (int block : BLOCKS) {
        add(
            common,
            "every row of a call whose length is no multiple of " + block,
            p -> callLength(p) % block != 0);
        add(
            common,
            "every row of a call whose length is a multiple of " + block,
            p -> callLength(p) % block == 0);
      }
    }
  }

  private static String count(int tokens) {
    return tokens == 1 ? "1 token" : tokens + " tokens";
  }

  private int callLength(int position) {
    return endOfCall[position] - trace.firstOfCall(position);
  }

  private boolean isLastOfSeveral(int position) {
    return callLength(position) > 1 && endOfCall[position] == position + 1;
  }

  private boolean isFirstOfSeveral(int position) {
    return callLength(position) > 1 && trace.firstOfCall(position) == position;
  }

  private void add(List<String> common, String what, IntPredicate holds) {
    if (Arrays.equals(Arrays.stream(shown).filter(holds).toArray(), wrong)) {
      common.add(what);
    }
  }

  /// Where in a row the wrong channels lie, if that is a part of it.
  ///
  /// @param isWrong whether a channel is beyond its budget in any of the wrong rows
  /// @param partSize how many channels a part of the row has: a head, or the queries
  /// @param partName what part n is called
  static Optional<String> channels(boolean[] isWrong, int partSize, IntFunction<String> partName) {
    int first = 0;
    while (first < isWrong.length && !isWrong[first]) {
      first++;
    }
    int last = isWrong.length - 1;
    while (last > first && !isWrong[last]) {
      last--;
    }
    if (first == isWrong.length || isWrong.length < 2) {
      return Optional.empty();
    }
    if (first == last) {
      return Optional.of(String.format(Locale.ROOT, "channel %d alone", first));
    }
    if (first / partSize == last / partSize && partSize < isWrong.length) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "channels %d to %d alone (%s)",
              first,
              last,
              partName.apply(first / partSize)));
    }
    return last - first + 1 <= isWrong.length / 2
        ? Optional.of(String.format(Locale.ROOT, "channels %d to %d alone", first, last))
        : Optional.empty();
  }
}
