package dev.lockstep.harness.worker;

import java.util.Locale;

/// The backend computed logits from which no token can be chosen.
final class NonFiniteLogitsException extends RuntimeException {
  /// @param newToken which new token they are for, from 0
  /// @param id the first token whose logit is not finite
  NonFiniteLogitsException(int newToken, int id, float logit) {
    super(
        String.format(
            Locale.ROOT,
            "the logits for new token %d are not finite (that of id %d is %s), so no token can be chosen: is the checkpoint damaged?",
            newToken,
            id,
            logit));
  }
}
