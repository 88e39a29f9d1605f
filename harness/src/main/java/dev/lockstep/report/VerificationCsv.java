package dev.lockstep.report;

import dev.lockstep.verify.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `verification.csv`: a row per backend and case that was compared with a reference.
public final class VerificationCsv {
  public static final String FILE_NAME = "verification.csv";

  /// In place of a match class for a backend that declares itself approximate.
  public static final String APPROXIMATE = "APPROXIMATE";

  public static final List<String> HEADER =
      List.of(
          "backend",
          "options",
          "prompt_id",
          "variation",
          "reference",
          "prompt_tokens",
          "new_tokens",
          "comparisons",
          "match",
          "agreement",
          "least_margin",
          "first_difference",
          "expected_id",
          "actual_id",
          "reference_margin",
          "near_tie_bound",
          "logits_compared",
          "max_abs_difference",
          "relative_l2",
          "non_finite",
          "reason");

  private VerificationCsv() {}

  /// What was compared.
  ///
  /// @param reference `golden` or the reference backend
  public record Subject(
      String backend,
      String options,
      String promptId,
      String variation,
      String reference,
      int promptTokens,
      int newTokens) {}

  /// What the tokens were like.
  ///
  /// @param comparisons how often the case was generated and compared
  /// @param match the worst class of all comparisons
  /// @param agreement share of tokens that were equal
  /// @param leastMargin the reference's least margin over all tokens
  /// @param difference the first difference of the worst comparison
  public record Tokens(
      int comparisons,
      String match,
      double agreement,
      double leastMargin,
      Verdict.@Nullable Difference difference) {}

  /// What the logits were like, over all positions compared.
  ///
  /// @param positions how many rows of logits were compared
  /// @param maxAbsDifference max |tested − reference|
  /// @param relativeL2 ‖tested − reference‖₂ / ‖reference‖₂
  /// @param nonFinite how many tested logits were NaN or infinite
  public record Logits(
      long positions, double maxAbsDifference, double relativeL2, long nonFinite) {}

  /// One row. What was not compared is null.
  public static List<String> row(
      Subject subject, @Nullable Tokens tokens, @Nullable Logits logits, String reason) {
    List<String> row = new ArrayList<>();
    row.add(subject.backend());
    row.add(subject.options());
    row.add(subject.promptId());
    row.add(subject.variation());
    row.add(subject.reference());
    row.add(Numbers.text(subject.promptTokens()));
    row.add(Numbers.text(subject.newTokens()));
    addTokens(row, tokens);
    if (logits == null) {
      row.addAll(List.of("", "", "", ""));
    } else {
      row.add(Numbers.text(logits.positions()));
      row.add(Numbers.text(logits.maxAbsDifference()));
      row.add(Numbers.text(logits.relativeL2()));
      row.add(Numbers.text(logits.nonFinite()));
    }
    row.add(reason);
    return row;
  }

  private static void addTokens(List<String> row, @Nullable Tokens tokens) {
    if (tokens == null) {
      row.addAll(List.of("", "", "", "", "", "", "", "", ""));
      return;
    }
    row.add(Numbers.text(tokens.comparisons()));
    row.add(tokens.match());
    row.add(Numbers.text(tokens.agreement()));
    row.add(Numbers.text(tokens.leastMargin()));
    Verdict.Difference difference = tokens.difference();
    if (difference == null) {
      row.addAll(List.of("", "", "", "", ""));
      return;
    }
    row.add(Numbers.text(difference.index()));
    row.add(Numbers.text(difference.expectedId()));
    row.add(Numbers.text(difference.actualId()));
    row.add(Numbers.text(difference.referenceMargin()));
    row.add(Numbers.text(difference.nearTieBound()));
  }
}
