package dev.lockstep.cli;

import dev.lockstep.catalog.BackendVariant;
import dev.lockstep.report.VerificationCsv;
import dev.lockstep.run.VerifyJob;
import dev.lockstep.verify.LogitsComparison;
import dev.lockstep.verify.Verdict;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How `verify` shows a case.
final class VerifyReport {
  private VerifyReport() {}

  /// One line for the terminal.
  static String line(VerifyJob.CaseResult result) {
    if (result.failure() != null) {
      return "  %-28s FAILED      %s".formatted(result.id(), result.failure().getMessage());
    }
    StringBuilder line =
        new StringBuilder("  %-28s %-10s".formatted(result.id(), result.match().name()));
    LogitsComparison logits = result.logits();
    if (logits != null) {
      line.append(
          String.format(
              Locale.ROOT,
              "  logits at %d positions: max |d| %.2e, relative L2 %.2e",
              logits.positions(),
              logits.maxAbsDifference(),
              logits.relativeL2()));
      if (logits.nonFinite() > 0) {
        line.append(", %d not finite".formatted(logits.nonFinite()));
      }
    }
    Verdict verdict = result.verdict();
    Verdict.Difference difference = verdict == null ? null : verdict.difference();
    if (difference != null) {
      line.append("\n      ").append(difference.describe());
    }
    return line.toString();
  }

  /// A row of `verification.csv`.
  static List<String> row(BackendVariant variant, VerifyJob.CaseResult result) {
    return VerificationCsv.row(
        new VerificationCsv.Subject(
            variant.id(),
            variant.options(),
            result.id(),
            "plain",
            result.expected().source(),
            result.promptTokens(),
            result.expected().tokenIds().length),
        tokens(variant, result),
        logits(result.logits()),
        result.failure() == null ? "" : String.valueOf(result.failure().getMessage()));
  }

  private static VerificationCsv.@Nullable Tokens tokens(
      BackendVariant variant, VerifyJob.CaseResult result) {
    Verdict verdict = result.verdict();
    if (verdict == null) {
      return null;
    }
    Verdict.Difference difference = verdict.difference();
    int newTokens = result.expected().tokenIds().length;
    boolean approximate = variant.backend().approximate(variant.values());
    return new VerificationCsv.Tokens(
        1,
        approximate ? VerificationCsv.APPROXIMATE : result.match().name(),
        difference == null ? 1 : (double) difference.index() / newTokens,
        result.expected().leastMargin(),
        difference);
  }

  private static VerificationCsv.@Nullable Logits logits(@Nullable LogitsComparison logits) {
    return logits == null
        ? null
        : new VerificationCsv.Logits(
            logits.positions(), logits.maxAbsDifference(), logits.relativeL2(), logits.nonFinite());
  }
}
