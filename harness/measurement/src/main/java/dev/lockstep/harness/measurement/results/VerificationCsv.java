package dev.lockstep.harness.measurement.results;

import static dev.lockstep.harness.measurement.results.Column.bigCount;
import static dev.lockstep.harness.measurement.results.Column.constant;
import static dev.lockstep.harness.measurement.results.Column.count;
import static dev.lockstep.harness.measurement.results.Column.exactNumber;
import static dev.lockstep.harness.measurement.results.Column.number;
import static dev.lockstep.harness.measurement.results.Column.text;
import static dev.lockstep.harness.measurement.results.Column.word;

import dev.lockstep.harness.diagnosis.operation.Deviation;
import dev.lockstep.harness.measurement.results.Table.Row;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.Verdict;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.verification.Verification.Divergence;
import dev.lockstep.harness.verification.Verification.Logits;
import dev.lockstep.harness.verification.Verification.Operation;
import dev.lockstep.harness.verification.Verification.Subject;
import dev.lockstep.harness.verification.Verification.Tokens;
import dev.lockstep.harness.verification.VerificationStep;
import dev.lockstep.harness.worker.error.UserError;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `verification.csv`: a row for each thing that was compared with a reference, or with itself.
/// Which columns a row fills depends on its step.
public final class VerificationCsv {
  private static final Column<Verification, String> BACKEND =
      text("backend", v -> v.subject().backend());
  private static final Column<Verification, String> OPTIONS =
      text("options", v -> v.subject().options());
  private static final Column<Verification, String> PROMPT_ID =
      text("prompt_id", v -> v.subject().promptId());
  private static final Column<Verification, String> VARIATION =
      text("variation", v -> v.subject().variation());
  private static final Column<Verification, VerificationStep> STEP =
      word("step", VerificationStep.class, VerificationStep::label, Verification::step);
  private static final Column<Verification, String> CHECK = text("check", Verification::check);
  private static final Column<Verification, Outcome> VERDICT =
      word("verdict", Outcome.class, Outcome::label, Verification::outcome);
  private static final Column<Verification, String> REFERENCE =
      text("reference", v -> v.subject().reference());
  private static final Column<Verification, Integer> PROMPT_TOKENS =
      count("prompt_tokens", v -> v.subject().promptTokens());
  private static final Column<Verification, Integer> NEW_TOKENS =
      count("new_tokens", v -> v.subject().newTokens());
  private static final Column<Verification, String> REASON = text("reason", Verification::reason);

  private static final Column<Verification, Integer> COMPARISONS =
      count("comparisons", v -> v.tokens() == null ? null : v.tokens().comparisons());
  private static final Column<Verification, MatchClass> MATCH =
      constant("match", MatchClass.class, v -> v.tokens() == null ? null : v.tokens().match());
  private static final Column<Verification, Double> AGREEMENT =
      number("agreement", v -> v.tokens() == null ? null : v.tokens().agreement());
  private static final Column<Verification, Double> LEAST_MARGIN =
      number("least_margin", VerificationCsv::leastMargin);
  private static final Column<Verification, Integer> FIRST_DIFFERENCE =
      countOfDifference("first_difference", Verdict.Difference::index);
  private static final Column<Verification, Integer> EXPECTED_ID =
      countOfDifference("expected_id", Verdict.Difference::expectedId);
  private static final Column<Verification, Integer> ACTUAL_ID =
      countOfDifference("actual_id", Verdict.Difference::actualId);
  private static final Column<Verification, Double> REFERENCE_MARGIN =
      numberOfDifference("reference_margin", Verdict.Difference::referenceMargin);
  private static final Column<Verification, Double> NEAR_TIE_BOUND =
      numberOfDifference("near_tie_bound", Verdict.Difference::nearTieBound);

  private static final Column<Verification, Long> POSITIONS =
      bigCount("positions", v -> v.logits() == null ? null : v.logits().positions());
  private static final Column<Verification, Double> MAX_ABS_DIFFERENCE =
      number("max_abs_difference", v -> v.logits() == null ? null : v.logits().maxAbsDifference());
  private static final Column<Verification, Double> BOUND = number("bound", Verification::bound);
  private static final Column<Verification, Double> RELATIVE_L2 =
      ofDivergence("relative_l2", Divergence::relativeL2);
  private static final Column<Verification, Double> KL_MEAN =
      ofDivergence("kl_mean", Divergence::mean);
  private static final Column<Verification, Double> KL_MAX =
      ofDivergence("kl_max", Divergence::max);
  private static final Column<Verification, Double> SAME_TOP1 =
      ofDivergence("same_top1", Divergence::sameBest);
  private static final Column<Verification, Long> NON_FINITE =
      bigCount("non_finite", v -> v.logits() == null ? null : v.logits().nonFinite());

  private static final Column<Verification, String> OPERATION =
      text("operation", v -> v.operation() == null ? null : v.operation().name());
  private static final Column<Verification, Integer> POSITION =
      count("position", v -> v.operation() == null ? null : v.operation().position());
  private static final Column<Verification, Integer> CHANNEL =
      count("channel", v -> v.operation() == null ? null : v.operation().deviation().channel());
  private static final Column<Verification, Double> GOT =
      exactNumber("got", v -> v.operation() == null ? null : v.operation().deviation().got());
  private static final Column<Verification, Double> EXPECTED =
      exactNumber(
          "expected", v -> v.operation() == null ? null : v.operation().deviation().expected());
  private static final Column<Verification, Double> BUDGET =
      number("budget", v -> v.operation() == null ? null : v.operation().deviation().budget());
  private static final Column<Verification, String> HINT =
      text("hint", v -> v.operation() == null ? null : v.operation().hint());

  /// The columns, in order; the one without a constant follows from others and is not read back.
  public static final Table<Verification> TABLE =
      new Table<>(
          "verification.csv",
          List.of(
              BACKEND,
              OPTIONS,
              PROMPT_ID,
              VARIATION,
              STEP,
              CHECK,
              VERDICT,
              REFERENCE,
              PROMPT_TOKENS,
              NEW_TOKENS,
              COMPARISONS,
              MATCH,
              AGREEMENT,
              LEAST_MARGIN,
              FIRST_DIFFERENCE,
              EXPECTED_ID,
              ACTUAL_ID,
              REFERENCE_MARGIN,
              NEAR_TIE_BOUND,
              POSITIONS,
              MAX_ABS_DIFFERENCE,
              BOUND,
              RELATIVE_L2,
              KL_MEAN,
              KL_MAX,
              SAME_TOP1,
              NON_FINITE,
              OPERATION,
              POSITION,
              CHANNEL,
              GOT,
              EXPECTED,
              BUDGET,
              number(
                  "times_budget",
                  v -> v.operation() == null ? null : v.operation().deviation().ratio()),
              HINT,
              REASON));

  private VerificationCsv() {}

  private static Column<Verification, Integer> countOfDifference(
      String name, Column.Value<Verdict.Difference, Integer> figure) {
    return count(name, verification -> ofDifference(verification, figure));
  }

  private static Column<Verification, Double> numberOfDifference(
      String name, Column.Value<Verdict.Difference, Double> figure) {
    return number(name, verification -> ofDifference(verification, figure));
  }

  private static <V> @Nullable V ofDifference(
      Verification verification, Column.Value<Verdict.Difference, V> figure) {
    Verdict.Difference difference =
        verification.tokens() == null ? null : verification.tokens().difference();
    return difference == null ? null : figure.of(difference);
  }

  private static @Nullable Double leastMargin(Verification verification) {
    if (verification.tokens() != null) {
      return verification.tokens().leastMargin();
    }
    Divergence divergence = divergence(verification);
    return divergence == null ? null : (Double) divergence.leastMargin();
  }

  private static @Nullable Divergence divergence(Verification verification) {
    return verification.logits() == null ? null : verification.logits().divergence();
  }

  private static Column<Verification, Double> ofDivergence(
      String name, Column.Value<Divergence, Double> figure) {
    return number(
        name,
        verification -> {
          Divergence divergence = divergence(verification);
          return divergence == null ? null : figure.of(divergence);
        });
  }

  /// The rows of a file. A last row that a killed run left incomplete is passed over.
  ///
  /// @throws UserError if it is not such a file
  public static List<Verification> read(Path file) {
    return TABLE.read(file, VerificationCsv::verification);
  }

  private static Verification verification(Row row) {
    return new Verification(
        new Subject(
            row.text(BACKEND),
            row.text(OPTIONS),
            row.text(PROMPT_ID),
            row.text(VARIATION),
            row.text(REFERENCE),
            row.require(PROMPT_TOKENS),
            row.require(NEW_TOKENS)),
        row.require(STEP),
        row.text(CHECK),
        row.require(VERDICT),
        tokens(row),
        logits(row),
        row.get(BOUND),
        operation(row),
        row.text(REASON));
  }

  private static @Nullable Tokens tokens(Row row) {
    return row.get(COMPARISONS) == null
        ? null
        : new Tokens(
            row.require(COMPARISONS),
            row.require(MATCH),
            row.require(AGREEMENT),
            row.require(LEAST_MARGIN),
            row.get(FIRST_DIFFERENCE) == null
                ? null
                : new Verdict.Difference(
                    row.require(FIRST_DIFFERENCE),
                    row.require(EXPECTED_ID),
                    row.get(ACTUAL_ID),
                    row.require(REFERENCE_MARGIN),
                    row.get(NEAR_TIE_BOUND)));
  }

  private static @Nullable Logits logits(Row row) {
    return row.get(POSITIONS) == null
        ? null
        : new Logits(
            row.require(POSITIONS),
            row.require(MAX_ABS_DIFFERENCE),
            row.require(NON_FINITE),
            row.get(RELATIVE_L2) == null
                ? null
                : new Divergence(
                    row.require(RELATIVE_L2),
                    row.require(KL_MEAN),
                    row.require(KL_MAX),
                    row.require(SAME_TOP1),
                    row.require(LEAST_MARGIN)));
  }

  private static @Nullable Operation operation(Row row) {
    return row.get(OPERATION) == null
        ? null
        : new Operation(
            row.require(OPERATION),
            row.require(POSITION),
            new Deviation(
                row.require(CHANNEL), row.require(GOT), row.require(EXPECTED), row.require(BUDGET)),
            row.text(HINT));
  }
}
