package dev.lockstep.harness.verification;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Gathers comparisons of rows of logits that one backend computed in two ways.
public final class RowComparison {
  private final double bound;
  private int rows;
  private int differing;
  private long nonFinite;
  private double maxAbsDifference;
  private @Nullable String problem;

  /// @param bound by how much rows may differ that need not have the same bits
  RowComparison(double bound) {
    this.bound = bound;
  }

  /// Adds a pair of rows.
  ///
  /// @param exact whether they must have the same bits
  /// @param what names the pair for people
  void add(double[] one, double[] other, boolean exact, String what) {
    rows++;
    int worst = -1;
    double greatest = 0;
    for (int i = 0; i < one.length; i++) {
      if (!Double.isFinite(one[i]) || !Double.isFinite(other[i])) {
        nonFinite++;
        complain(
            String.format(Locale.ROOT, "%s: logit %d is %s and %s", what, i, one[i], other[i]));
      } else if (Math.abs(one[i] - other[i]) > greatest) {
        worst = i;
        greatest = Math.abs(one[i] - other[i]);
      } else if (worst < 0 && isOtherZero(one[i], other[i])) {
        worst = i;
      }
    }
    if (worst >= 0) {
      differing++;
      maxAbsDifference = Math.max(maxAbsDifference, greatest);
      if (exact || greatest > bound) {
        complain(
            String.format(
                Locale.ROOT,
                "%s: logit %d is %.9g and %.9g, %s",
                what,
                worst,
                one[worst],
                other[worst],
                exact
                    ? "where the same bits must come"
                    : String.format(Locale.ROOT, "more than %.3g apart", bound)));
      }
    }
  }

  /// 0 and −0 are equal, but not the same bits.
  private static boolean isOtherZero(double one, double other) {
    return one == 0 && other == 0 && Double.compare(one, other) != 0;
  }

  /// Notes something that is wrong besides the logits; the first complaint stands.
  void complain(String what) {
    if (problem == null) {
      problem = what;
    }
  }

  /// What is wrong, or null if nothing is.
  public @Nullable String problem() {
    return problem;
  }

  /// How many pairs of rows were compared.
  public int rows() {
    return rows;
  }

  /// Whether every pair had the same bits.
  public boolean isBitIdentical() {
    return differing == 0 && nonFinite == 0;
  }

  public double maxAbsDifference() {
    return maxAbsDifference;
  }

  public long nonFinite() {
    return nonFinite;
  }

  public double bound() {
    return bound;
  }
}
