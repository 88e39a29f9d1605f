package dev.lockstep.harness.verification;

import dev.lockstep.api.Gpt2Config;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/// What a verification has looked at: rows of the embeddings that were read, positions that were
/// used, lengths of prompts. Every layer, head and channel, and every row of `lm_head`, takes part
/// in each row of logits.
public final class Coverage {
  private static final int MAX_NAMED = 8;

  private final Gpt2Config config;
  private final BitSet ids = new BitSet();
  private final BitSet positions = new BitSet();
  private final TreeSet<Integer> lengths = new TreeSet<>();
  private boolean repeated;

  public Coverage(Gpt2Config config) {
    this.config = config;
  }

  /// Counts tokens that were appended to an empty session in one call.
  public void add(int[] tokens) {
    BitSet own = new BitSet();
    for (int token : tokens) {
      repeated |= own.get(token);
      own.set(token);
    }
    ids.or(own);
    positions.set(0, tokens.length);
    lengths.add(tokens.length);
  }

  /// The share of the embeddings' rows that were read: 1 is all of them.
  public double share() {
    return (double) (ids.cardinality() + positions.cardinality())
        / (config.vocabSize() + config.nPositions());
  }

  /// What was looked at and what was not, a line each.
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(line("wte", ids, config.vocabSize()));
    lines.add(line("wpe", positions, config.nPositions()));
    lines.add(
        String.format(
            Locale.ROOT,
            "prompts of %d lengths, from %d to %d tokens; token 0 %s, token %d %s, a token twice %s",
            lengths.size(),
            lengths.isEmpty() ? 0 : lengths.first(),
            lengths.isEmpty() ? 0 : lengths.last(),
            met(ids.get(0)),
            config.vocabSize() - 1,
            met(ids.get(config.vocabSize() - 1)),
            met(repeated)));
    return lines;
  }

  private static String met(boolean was) {
    return was ? "met" : "NOT met";
  }

  private static String line(String tensor, BitSet read, int rows) {
    StringBuilder line = new StringBuilder();
    line.append(
        String.format(Locale.ROOT, "%s: %d of %d rows read", tensor, read.cardinality(), rows));
    if (read.cardinality() < rows) {
      line.append(", not ");
      int row = read.nextClearBit(0);
      for (int i = 0; i < MAX_NAMED && row < rows; i++) {
        line.append(i == 0 ? "" : ", ").append(row);
        row = read.nextClearBit(row + 1);
      }
      line.append(row < rows ? ", …" : "");
    }
    return line.toString();
  }
}
