package dev.lockstep.verify;

/// Compares rows of logits and gathers, over all of them, max |tested − reference|, the relative L2
/// distance ‖tested − reference‖₂ / ‖reference‖₂, and how many tested values are not finite.
public final class LogitsComparison {
  private long positions;
  private long nonFinite;
  private double maxAbsDifference;
  private double sumOfSquaredDifferences;
  private double sumOfSquares;

  /// Adds one position.
  ///
  /// @param reference `[vocabSize]`
  /// @param tested `[vocabSize]`
  public void add(double[] reference, double[] tested) {
    positions++;
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
  }

  public long positions() {
    return positions;
  }

  /// How many tested logits are NaN or infinite; they enter no other figure.
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
}
