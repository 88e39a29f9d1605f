package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.statistics.Agreement;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.verification.Verification.Divergence;
import dev.lockstep.harness.verification.Verification.Logits;
import dev.lockstep.harness.verification.Verification.Tokens;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How approximate backends agree with the reference, over all their verifications.
final class Agreements {
  private double equalTokens;
  private double comparisons;
  private double sameBest;
  private double divergence;
  private double positions;

  private Agreements() {}

  /// By label, for each variant that declares itself approximate.
  static Map<String, Agreement> of(
      List<BackendVariant> variants, List<Verification> verifications) {
    Map<String, Agreement> agreements = new LinkedHashMap<>();
    for (BackendVariant variant : variants) {
      if (variant.isApproximate()) {
        Agreements own = new Agreements();
        for (Verification verification : verifications) {
          if (verification.subject().backend().equals(variant.name())
              && verification.subject().options().equals(variant.options())) {
            own.add(verification);
          }
        }
        agreements.put(variant.label(), own.agreement());
      }
    }
    return agreements;
  }

  private void add(Verification verification) {
    if (BeyondPrompts.IDS.contains(verification.subject().promptId())) {
      return; // random ids say little of text
    }
    Tokens tokens = verification.tokens();
    if (tokens != null) {
      equalTokens += tokens.comparisons() * tokens.agreement();
      comparisons += tokens.comparisons();
    }
    Logits logits = verification.logits();
    Divergence apart = logits == null ? null : logits.divergence();
    if (logits != null && apart != null) {
      sameBest += logits.positions() * apart.sameBest();
      divergence += logits.positions() * apart.mean();
      positions += logits.positions();
    }
  }

  private Agreement agreement() {
    return new Agreement(
        share(equalTokens, comparisons), share(sameBest, positions), share(divergence, positions));
  }

  private static @Nullable Double share(double sum, double weights) {
    return weights == 0 ? null : (Double) (sum / weights);
  }
}
