package dev.lockstep.model.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/// The merges of a byte-pair encoding, and the loop that applies them: of all neighbouring symbols
/// the pair that was learnt first is joined, everywhere in the piece from left to right, and so on
/// until no pair can be.
///
/// Symbols form a linked list over the piece's positions and candidate pairs wait in a heap, so a
/// piece of `n` bytes costs `O(n log n)`; looking for the best pair afresh after every merge would
/// make a long word quadratic. Pairs that a merge creates wait until its rank is done: in a list of
/// merges that no training wrote they could otherwise overtake it.
final class BytePairMerges {
  private record Merge(int rank, int id) {}

  private static final int NONE = -1;

  private final int[] idOfByte;
  private final Map<Long, Merge> merges = new HashMap<>();

  /// @param idOfByte `[256]`
  BytePairMerges(int[] idOfByte) {
    this.idOfByte = idOfByte;
  }

  /// Adds the next merge: symbols `left` and `right`, neighbours, become `merged`.
  ///
  /// @return false if this pair has a merge already
  boolean add(int left, int right, int merged) {
    return merges.putIfAbsent(key(left, right), new Merge(merges.size(), merged)) == null;
  }

  /// Encodes one piece and appends its ids.
  void encode(byte[] piece, IntSink ids) {
    new Run(piece).encode(ids);
  }

  @FunctionalInterface
  interface IntSink {
    void accept(int id);
  }

  private static long key(int left, int right) {
    return ((long) left << 32) | right;
  }

  /// The state of one piece: `symbol[i]` starts at byte `i` and ends where `next[i]` starts.
  private final class Run {
    private final int[] symbol;
    private final int[] next;
    private final int[] previous;

    /// The rank of the pair that starts at each position, [#NONE] where there is none. It tells
    /// which entries of the queue are out of date.
    private final int[] rank;

    /// Rank in the upper half, position in the lower: the natural order is the order of merging.
    private final PriorityQueue<Long> queue = new PriorityQueue<>();

    /// Where pairs have changed since the current rank began.
    private final List<Integer> changed = new ArrayList<>();

    Run(byte[] piece) {
      int length = piece.length;
      symbol = new int[length];
      next = new int[length];
      previous = new int[length];
      rank = new int[length];
      for (int i = 0; i < length; i++) {
        symbol[i] = idOfByte[piece[i] & 0xFF];
        next[i] = i + 1;
        previous[i] = i - 1;
      }
      Arrays.fill(rank, NONE);
    }

    void encode(IntSink ids) {
      for (int i = 0; i + 1 < symbol.length; i++) {
        offer(i);
      }
      while (!queue.isEmpty()) {
        mergeBest();
      }
      for (int i = 0; i < symbol.length; i = next[i]) {
        ids.accept(symbol[i]);
      }
    }

    /// Joins all occurrences of the pair with the lowest rank.
    private void mergeBest() {
      int best = rankOf(queue.element());
      for (Long entry = queue.peek();
          entry != null && rankOf(entry) == best;
          entry = queue.peek()) {
        queue.remove();
        int position = (int) (long) entry;
        if (rank[position] == best) {
          merge(position);
        }
      }
      for (int position : changed) {
        if (symbol[position] != NONE) {
          offer(position);
        }
      }
      changed.clear();
    }

    private static int rankOf(long entry) {
      return (int) (entry >> 32);
    }

    private void merge(int left) {
      int right = next[left];
      Merge merge = merges.get(key(symbol[left], symbol[right]));
      if (merge == null) {
        throw new AssertionError("a queued pair has a merge");
      }
      symbol[left] = merge.id();
      symbol[right] = NONE;
      rank[left] = NONE;
      rank[right] = NONE;
      next[left] = next[right];
      changed.add(left);
      if (next[left] < symbol.length) {
        previous[next[left]] = left;
      }
      if (previous[left] >= 0) {
        rank[previous[left]] = NONE;
        changed.add(previous[left]);
      }
    }

    private void offer(int left) {
      int right = next[left];
      Merge merge = right == symbol.length ? null : merges.get(key(symbol[left], symbol[right]));
      rank[left] = merge == null ? NONE : merge.rank();
      if (merge != null) {
        queue.add(((long) merge.rank() << 32) | left);
      }
    }
  }
}
