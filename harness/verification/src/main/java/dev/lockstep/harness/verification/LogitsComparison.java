package dev.lockstep.harness.verification;

import dev.lockstep.api.Logits;
import org.jspecify.annotations.Nullable;

/// Compares rows of logits, position by position, and gathers over all of them:
///
/// - max |tested − reference| and the relative L2 distance ‖tested − reference‖₂ / ‖reference‖₂;
/// - the Kullback-Leibler divergence of the tested distribution from the reference's,
///   `Σ p · (ln p − ln q)` with `p = softmax(reference)`, `q = softmax(tested)`, in nats: its mean
///   over the positions and its maximum;
/// - at how many positions both have the same best token, and the reference's smallest margin
///   between its best token and the next;
/// - how many tested values are not finite. They enter no other figure; a position that has one
///   counts as disagreeing.
public final class LogitsComparison {
  private long positions;
  private long nonFinite;
  private long sameBest;
  private double maxAbsDifference;
  private double sumOfSquaredDifferences;
  private double sumOfSquares;
  private double sumOfDivergences;
  private double maxDivergence;
  private double leastMargin = Double.POSITIVE_INFINITY;
  private @Nullable Worst worst;

  /// The position at which a logit is furthest off, or not finite for the first time.
  ///
  /// @param index counted from the first position added
  public record Worst(long index, double[] reference, double[] tested) {}

  /// Adds one position.
  ///
  /// @param reference `[vocabSize]`
  /// @param tested `[vocabSize]`
  public void add(double[] reference, double[] tested) {
    positions++;
    long nonFiniteBefore = nonFinite;
    double maxBefore = maxAbsDifference;
    for (int i = 0; i < reference.length; i++) {
      sumOfSquares += reference[i] * reference[i];
      if (!Double.isFinite(tested[i])) {
        nonFinite++;
        continue;
      }
      double difference = Math.abs(tested[i] - reference[i]);
      maxAbsDifference = Math.max(maxAbsDifference, difference);
      sumOfSquaredDifferences += difference * difference;
    }
    leastMargin = Math.min(leastMargin, Logits.margin(reference));
    boolean firstNonFinite = nonFiniteBefore == 0 && nonFinite > 0;
    if (firstNonFinite || (nonFinite == 0 && maxAbsDifference > maxBefore)) {
      worst = new Worst(positions - 1, reference.clone(), tested.clone());
    }
    if (nonFinite == nonFiniteBefore) {
      sameBest += Logits.argmax(reference) == Logits.argmax(tested) ? 1 : 0;
      double divergence = divergence(reference, tested);
      sumOfDivergences += divergence;
      maxDivergence = Math.max(maxDivergence, divergence);
    }
  }

  /// `Σ p · (ln p − ln q)`. Rounding can make the sum of something that is 0 negative by 1e-16 or
  /// so; a divergence never is.
  private static double divergence(double[] reference, double[] tested) {
    double referenceNormaliser = logSumExp(reference);
    double testedNormaliser = logSumExp(tested);
    double sum = 0;
    for (int i = 0; i < reference.length; i++) {
      double logP = reference[i] - referenceNormaliser;
      sum += Math.exp(logP) * (logP - (tested[i] - testedNormaliser));
    }
    return Math.max(0, sum);
  }

  private static double logSumExp(double[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - max);
    }
    return max + Math.log(sum);
  }

  public long positions() {
    return positions;
  }

  /// How many tested logits are NaN or infinite.
  public long nonFinite() {
    return nonFinite;
  }

  public double maxAbsDifference() {
    return maxAbsDifference;
  }

  public double relativeL2() {
    return sumOfSquares == 0
        ? Math.sqrt(sumOfSquaredDifferences)
        : Math.sqrt(sumOfSquaredDifferences / sumOfSquares);
  }

  /// Where the logits are worst, or null if none differ.
  public @Nullable Worst worst() {
    return worst;
  }

  /// Nats per position.
  public double meanDivergence() {
    return positions == 0 ? 0 : sumOfDivergences / positions;
  }

  /// Nats, at the worst position.
  public double maxDivergence() {
    return maxDivergence;
  }

  /// The share of positions at which both have the same best token.
  public double sameBestShare() {
    return positions == 0 ? 1 : (double) sameBest / positions;
  }

  /// The reference's smallest margin; infinite before a position was added.
  public double leastMargin() {
    return leastMargin;
  }
}
