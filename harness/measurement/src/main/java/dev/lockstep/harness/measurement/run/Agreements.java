package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.statistics.Agreement;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.verification.Verification.Divergence;
import dev.lockstep.harness.verification.Verification.Logits;
import dev.lockstep.harness.verification.Verification.Tokens;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How approximate backends agree with the reference, over all their verifications.
public final class Agreements {
  private double equalPrompts;
  private double prompts;
  private double equalTokens;
  private double comparisons;
  private double sameBest;
  private double divergence;
  private double positions;

  private Agreements() {}

  /// By label, for each variant that declares itself approximate.
  static Map<String, Agreement> of(
      List<BackendVariant> variants, List<Verification> verifications) {
    return ofLabels(
        variants.stream().filter(BackendVariant::isApproximate).map(BackendVariant::label).toList(),
        verifications);
  }

  /// By label, for each of these.
  ///
  /// @param labels of the variants that declare themselves approximate
  public static Map<String, Agreement> ofLabels(
      Collection<String> labels, List<Verification> verifications) {
    Map<String, Agreement> agreements = new LinkedHashMap<>();
    for (String label : labels) {
      Agreements own = new Agreements();
      for (Verification verification : verifications) {
        if (label(verification.subject()).equals(label)) {
          own.add(verification);
        }
      }
      agreements.put(label, own.agreement());
    }
    return agreements;
  }

  private static String label(Verification.Subject subject) {
    return new Sample.Key(0, 0, subject.backend(), subject.options(), "").label();
  }

  private void add(Verification verification) {
    if (verification.subject().variation().equals(BeyondPrompts.VARIATION)) {
      return; // random ids say little of text
    }
    Tokens tokens = verification.tokens();
    if (tokens != null) {
      equalPrompts += tokens.agreement() == 1 ? 1 : 0;
      prompts++;
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
        share(equalPrompts, prompts),
        share(equalTokens, comparisons),
        share(sameBest, positions),
        share(divergence, positions));
  }

  private static @Nullable Double share(double sum, double weights) {
    return weights == 0 ? null : (Double) (sum / weights);
  }
}
