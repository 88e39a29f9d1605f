package dev.lockstep.harness.verification;

import dev.lockstep.harness.worker.WorkerFailure;

/// By how much the logits of a right fp32 backend may be off, from the reference alone.
///
/// `16 × max(max |f32 − f64|, u · max |f64|)` over all positions, with naive's logits in both
/// precisions and u = 2⁻²⁴. The maximum is over the whole sequence: with a small vocabulary the
/// error at one position may be small by luck. The second term is one rounding of the greatest
/// logit.
public final class RoundingBound {
  /// Said where the bound is not a number.
  public static final String NOT_FINITE =
      "naive's own logits are not finite with this model and these tokens, so they can judge nothing";

  private static final double UNIT_ROUNDOFF = 0x1p-24;

  private RoundingBound() {}

  /// The bound over the first `rows` rows of an answer.
  ///
  /// @throws WorkerFailure if naive's own logits are not finite: then nothing can be told
  public static double of(RoundingOracle.Answer answer, int rows) throws WorkerFailure {
    double bound = ofAny(answer, rows);
    if (!Double.isFinite(bound)) {
      throw new WorkerFailure(WorkerFailure.Kind.ERROR, NOT_FINITE);
    }
    return bound;
  }

  /// As [#of], but NaN or infinite if naive's own logits are not finite.
  public static double ofAny(RoundingOracle.Answer answer, int rows) throws WorkerFailure {
    double bound = 0;
    for (int row = 0; row < rows; row++) {
      bound = Math.max(bound, of(answer.row(row)));
    }
    return bound;
  }

  /// The bound of one row alone.
  static double of(RoundingOracle.Row right) {
    double greatest = 0;
    for (double logit : right.exact()) {
      greatest = Math.max(greatest, Math.abs(logit));
    }
    return RoundingOracle.ROUNDING_FACTOR
        * Math.max(right.roundingError(), UNIT_ROUNDOFF * greatest);
  }
}
