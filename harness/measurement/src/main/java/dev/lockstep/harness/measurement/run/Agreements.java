package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.results.VerificationCsv;
import dev.lockstep.harness.measurement.statistics.Agreement;
import dev.lockstep.harness.verification.VerificationStep;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How approximate backends agree with the reference, from the rows of `verification.csv`.
final class Agreements {
  private Agreements() {}

  /// By label, for each variant that declares itself approximate.
  static Map<String, Agreement> of(List<BackendVariant> variants, List<List<String>> rows) {
    Map<String, Agreement> agreements = new LinkedHashMap<>();
    for (BackendVariant variant : variants) {
      if (variant.isApproximate()) {
        List<List<String>> own =
            rows.stream()
                .filter(row -> cell(row, "backend").equals(variant.id()))
                .filter(row -> cell(row, "options").equals(variant.options()))
                .toList();
        agreements.put(
            variant.label(),
            new Agreement(
                mean(own, VerificationStep.TOKENS, "agreement", "comparisons"),
                mean(own, VerificationStep.LOGITS, "same_top1", "positions"),
                mean(own, VerificationStep.LOGITS, "kl_mean", "positions")));
      }
    }
    return agreements;
  }

  private static String cell(List<String> row, String column) {
    return row.get(VerificationCsv.HEADER.indexOf(column));
  }

  private static @Nullable Double mean(
      List<List<String>> rows, VerificationStep step, String figure, String weight) {
    double sum = 0;
    double weights = 0;
    for (List<String> row : rows) {
      if (cell(row, "step").equals(step.label()) && !cell(row, figure).isEmpty()) {
        double count = Double.parseDouble(cell(row, weight));
        sum += count * Double.parseDouble(cell(row, figure));
        weights += count;
      }
    }
    return weights == 0 ? null : sum / weights;
  }
}
