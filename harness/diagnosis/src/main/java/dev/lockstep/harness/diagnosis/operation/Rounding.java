package dev.lockstep.harness.diagnosis.operation;

/// What rounding to single precision may cost: the constants and the one formula behind every error
/// budget.
///
/// **Sums.** A sum of n terms pᵢ in any order has an error `Σ pᵢ·δᵢ + Σ sₖ·εₖ`: one rounding for
/// each product and one for each partial sum, |δ|, |ε| ≤ u. Taken as mean-independent with mean 0,
/// they obey the inequality of Azuma and Hoeffding: the error exceeds `λ · u · √(Σ pᵢ² + Σ sₖ²)`
/// with a probability of at most `2·exp(−λ²/2)` (Ipsen and Zhou, "Probabilistic error analysis for
/// inner products", SIAM J. Matrix Anal. Appl. 41, 2020; Higham and Mary, SIAM J. Sci. Comput. 41,
/// 2019). The partial sums depend on the order, which is the backend's own. For a random order
/// their mean square is below `½ (Σ pᵢ² + s²)`, s the sum of all terms; a start value b (a bias) at
/// most doubles that and adds 2b². Hence
///
/// `budget = λ · u · √(n · (Σ pᵢ² + s² + 2b²))`,
///
/// which grows with √n and not with n, as the worst case would.
///
/// **λ.** It is the one confidence factor: [#FAILURE_PROBABILITY] is the chance that a correct
/// value exceeds its budget, so ten thousand million of them raise an alarm once in ten thousand
/// runs.
///
/// **Elementary functions** may be off by what OpenCL C allows a conforming device (OpenCL C
/// specification, "Relative error as ULPs", single precision): the loosest accuracy that a backend
/// may have and still be called fp32. An ulp is at most 2u relative.
public final class Rounding {
  /// Unit roundoff of single precision, u.
  public static final double UNIT = 0x1p-24;

  /// How likely a correct value is to exceed its budget.
  static final double FAILURE_PROBABILITY = 1e-14;

  /// λ, from `2·exp(−λ²/2)` = [#FAILURE_PROBABILITY]: 8.1.
  static final double CONFIDENCE = Math.sqrt(2 * Math.log(2 / FAILURE_PROBABILITY));

  private static final double ULP = 2 * UNIT;
  static final double DIVIDE = 2.5 * ULP;
  static final double SQUARE_ROOT = 3 * ULP;
  static final double EXP = 3 * ULP;
  public static final double TANH = 5 * ULP;
  public static final double ERF = 16 * ULP;

  /// What is lost where numbers below this are taken for 0, as many devices do.
  public static final double UNDERFLOW = Float.MIN_NORMAL;

  private Rounding() {}

  /// The budget of a sum.
  ///
  /// @param terms n, how many there are
  /// @param squares Σ pᵢ², the sum of their squares
  /// @param sum s, their sum
  /// @param start b, the value that the sum is added to
  static double ofSum(int terms, double squares, double sum, double start) {
    return CONFIDENCE * UNIT * Math.sqrt(terms * (squares + sum * sum + 2 * start * start))
        + terms * UNDERFLOW;
  }
}
