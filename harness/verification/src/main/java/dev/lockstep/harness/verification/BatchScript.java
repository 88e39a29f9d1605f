package dev.lockstep.harness.verification;

import dev.lockstep.harness.verification.ConsistencyScripts.Pair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The script of [ConsistencyCheck#BATCH]: one prompt in calls of many lengths.
final class BatchScript {
  /// How many tokens go in one by one: all of a short prompt, the end of a long one.
  private static final int STEPS = 16;

  /// Lengths of calls at which kernels change their path: all up to one more than a vector of 8,
  /// then those around a block of rows.
  private static final int SMALL_BATCH = 9;

  private static final int[] BLOCKS = {16, 32, 64, 128, 256};

  private BatchScript() {}

  static ConsistencyScripts.Plan plan(int[] prompt) {
    Script.Builder script = new Script.Builder();
    List<Pair> pairs = new ArrayList<>();
    int length = prompt.length;
    int whole = script.forward(0, prompt);
    int head = Math.max(0, length - STEPS);
    int[] stepRows = new int[length];
    Arrays.fill(stepRows, -1);
    if (head > 0) {
      stepRows[head - 1] = script.forward(1, Arrays.copyOf(prompt, head));
    }
    for (int position = head; position < length; position++) {
      stepRows[position] = script.forward(1, prompt[position]);
    }
    int all = script.forwardAll(2, prompt);
    int wide = script.forwardAllF64(3, prompt);
    pairs.add(new Pair(whole, stepRows[length - 1], false, "one forward and token by token"));
    for (int position = Math.max(0, head - 1); position < length; position++) {
      pairs.add(
          new Pair(
              all + position,
              stepRows[position],
              false,
              "forwardAll and token by token at position " + position));
    }
    for (int position = 0; position < length; position++) {
      pairs.add(
          new Pair(
              wide + position,
              all + position,
              false,
              "forwardAllF64 and forwardAll at position " + position));
    }
    if (length > 1) {
      int parts = ConsistencyScripts.forwardInParts(script, 4, prompt, length / 2);
      pairs.add(new Pair(whole, parts, false, "one forward and two"));
    }
    addLengths(script, pairs, all, prompt);
    return new ConsistencyScripts.Plan(script.build(), pairs);
  }

  /// Calls of many lengths: every session takes the prompt in parts, and after every part its
  /// logits are those of that position.
  private static void addLengths(Script.Builder script, List<Pair> pairs, int all, int[] prompt) {
    int session = 5;
    for (List<Integer> cut : cuts(prompt.length)) {
      int position = 0;
      for (int size : cut) {
        int row = script.forward(session, Arrays.copyOfRange(prompt, position, position + size));
        position += size;
        pairs.add(
            new Pair(
                row,
                all + position - 1,
                false,
                String.format(
                    Locale.ROOT,
                    "%d tokens in one forward, from position %d, and forwardAll",
                    size,
                    position - size)));
      }
      session++;
    }
  }

  /// Ways to cut a prompt into calls, so that every length of interest comes up once: first-fit,
  /// the longest first. What a cut leaves over is a call of its own.
  static List<List<Integer>> cuts(int promptLength) {
    List<List<Integer>> cuts = new ArrayList<>();
    List<Integer> room = new ArrayList<>();
    for (int size : lengths(promptLength).reversed()) {
      int fits = 0;
      while (fits < room.size() && room.get(fits) < size) {
        fits++;
      }
      if (fits == room.size()) {
        cuts.add(new ArrayList<>());
        room.add(promptLength);
      }
      cuts.get(fits).add(size);
      room.set(fits, room.get(fits) - size);
    }
    for (int i = 0; i < cuts.size(); i++) {
      if (room.get(i) > 0) {
        cuts.get(i).add(room.get(i));
      }
    }
    return cuts;
  }

  /// The lengths of calls that are tried with a prompt, ascending, below its own: single tokens and
  /// the whole are tried anyway.
  private static List<Integer> lengths(int promptLength) {
    List<Integer> lengths = new ArrayList<>();
    for (int size = 2; size <= SMALL_BATCH; size++) {
      lengths.add(size);
    }
    for (int block : BLOCKS) {
      lengths.addAll(List.of(block - 1, block, block + 1));
    }
    lengths.removeIf(size -> size >= promptLength);
    return lengths;
  }
}
