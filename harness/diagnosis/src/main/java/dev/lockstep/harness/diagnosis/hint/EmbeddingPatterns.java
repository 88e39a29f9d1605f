package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.api.Tensor;
import dev.lockstep.harness.diagnosis.operation.EmbeddingOperation;
import dev.lockstep.harness.diagnosis.operation.Matrix;
import dev.lockstep.harness.diagnosis.operation.Rounding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// Which rows of the tables a wrong embedding is made of: the tables are searched for what is left
/// when the right row of the other one is taken away.
final class EmbeddingPatterns {
  private static final int LISTED = 3;

  private final EmbeddingOperation right;
  private final int[] positions;
  private final int[] tokens;
  private final double[][] shown;

  EmbeddingPatterns(EmbeddingOperation right, int[] positions, int[] tokens, double[][] shown) {
    this.right = right;
    this.positions = positions;
    this.tokens = tokens;
    this.shown = shown;
  }

  /// The first pattern that explains every wrong row down to its one rounding.
  Optional<String> hint() {
    return token().or(this::position).or(this::positionFactor);
  }

  private Optional<String> token() {
    int[] found = new int[positions.length];
    for (int t = 0; t < found.length; t++) {
      found[t] = find(right.wte(), row(right.wpe(), positions[t]), shown[t]);
    }
    return list(
        found,
        t ->
            String.format(
                Locale.ROOT,
                "position %d takes wte[%d]%s, not wte[%d]",
                positions[t],
                found[t],
                whose(found[t], positions[t]),
                tokens[positions[t]]));
  }

  private String whose(int id, int position) {
    for (int by : new int[] {-1, 1}) {
      int other = position + by;
      if (other >= 0 && other < tokens.length && tokens[other] == id) {
        return " of the token at position " + other;
      }
    }
    return "";
  }

  private Optional<String> position() {
    int[] found = new int[positions.length];
    for (int t = 0; t < found.length; t++) {
      found[t] = find(right.wpe(), row(right.wte(), tokens[positions[t]]), shown[t]);
    }
    return IntStream.of(found).distinct().count() == 1 && found.length > 1 && found[0] >= 0
        ? Optional.of(
            String.format(
                Locale.ROOT, "from position %d on, wpe[%d] is added", positions[0], found[0]))
        : list(
            found,
            t -> String.format(Locale.ROOT, "position %d takes wpe[%d]", positions[t], found[t]));
  }

  private static Optional<String> list(int[] found, IntFunction<String> line) {
    if (Arrays.stream(found).anyMatch(row -> row < 0)) {
      return Optional.empty();
    }
    List<String> lines = new ArrayList<>();
    for (int t = 0; t < Math.min(LISTED, found.length); t++) {
      lines.add(line.apply(t));
    }
    return Optional.of(String.join("; ", lines) + (found.length > LISTED ? "; and so on" : ""));
  }

  /// The row of a table that, added to the other summand, gives what was shown; −1 if none does.
  private static int find(Tensor table, double[] other, double[] shown) {
    for (int row = 0; row < table.shape().get(0); row++) {
      if (gives(table, row, other, shown)) {
        return row;
      }
    }
    return -1;
  }

  private static boolean gives(Tensor table, int row, double[] other, double[] shown) {
    long first = (long) row * shown.length;
    for (int c = 0; c < shown.length; c++) {
      if (!isRounded(shown[c], table.get(first + c) + other[c])) {
        return false;
      }
    }
    return true;
  }

  private static boolean isRounded(double shown, double exact) {
    return Math.abs(shown - exact) <= Rounding.UNIT * Math.abs(exact) + Rounding.UNDERFLOW;
  }

  /// `wte + f · wpe`: f by least squares.
  private Optional<String> positionFactor() {
    double product = 0;
    double squares = 0;
    for (int t = 0; t < positions.length; t++) {
      double[] token = row(right.wte(), tokens[positions[t]]);
      double[] place = row(right.wpe(), positions[t]);
      for (int c = 0; c < token.length; c++) {
        product += (shown[t][c] - token[c]) * place[c];
        squares += place[c] * place[c];
      }
    }
    double factor = product / squares;
    for (int t = 0; t < positions.length; t++) {
      double[] token = row(right.wte(), tokens[positions[t]]);
      double[] place = row(right.wpe(), positions[t]);
      for (int c = 0; c < token.length; c++) {
        // Two sums and a product are rounded.
        double roundings = 2 * Math.abs(token[c]) + 3 * Math.abs(factor * place[c]);
        double left = Math.abs(shown[t][c] - token[c] - factor * place[c]);
        if (!(left <= Rounding.UNIT * roundings + Rounding.UNDERFLOW)) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(
        String.format(Locale.ROOT, "the position embedding is multiplied by %.6g", factor));
  }

  private static double[] row(Tensor table, int row) {
    return Matrix.of(table).row(row, 0, table.shape().get(1));
  }
}
