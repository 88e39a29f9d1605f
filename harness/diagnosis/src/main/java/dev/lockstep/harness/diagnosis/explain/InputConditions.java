package dev.lockstep.harness.diagnosis.explain;

import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Evaluation;
import dev.lockstep.harness.diagnosis.operation.GeluOperation;
import dev.lockstep.harness.diagnosis.operation.LayerNormOperation;
import dev.lockstep.harness.diagnosis.operation.Operation;
import dev.lockstep.harness.diagnosis.operation.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/// What the inputs of the wrong rows have that those of the right rows lack: which token it is,
/// whether it came before, how large the numbers are that the operation works on. Where no mistake
/// is recognised, this says which inputs to try.
///
/// One row that is wrong, or right, has something of its own by chance alone, so a limit that parts
/// the wrong from the right is told only where there are several of both.
final class InputConditions {
  private static final int MIN_ROWS = 2;

  /// As many values of a row by row operation must be wrong, and right, for a range to be told.
  private static final int MIN_VALUES = 8;

  private final Trace trace;
  private final Evaluation evaluation;
  private final Operation operation;
  private final int[] wrong;
  private final int[] right;

  /// @param shown the positions at which the operation was shown, ascending
  /// @param wrong those of them at which it is beyond its budget, at least one
  InputConditions(
      Trace trace, Evaluation evaluation, Operation operation, int[] shown, int[] wrong) {
    this.trace = trace;
    this.evaluation = evaluation;
    this.operation = operation;
    this.wrong = wrong;
    right = Arrays.stream(shown).filter(p -> Arrays.binarySearch(wrong, p) < 0).toArray();
  }

  /// Everything that is true of the wrong rows and of no right one.
  List<String> rows() {
    List<String> conditions = new ArrayList<>();
    tokens().ifPresent(conditions::add);
    limit("of a token whose id is", this::token, "%.0f").ifPresent(conditions::add);
    for (String input : operation.inputs()) {
      limit(
              "whose greatest value of %s is".formatted(input),
              p -> greatest(row(input, p)),
              "%.3g in size")
          .ifPresent(conditions::add);
      if (operation instanceof LayerNormOperation norm) {
        limit(
                "for which the mean of %s is".formatted(input),
                p -> norm.moments(row(input, p)).mean(),
                "%.3g")
            .ifPresent(conditions::add);
        limit(
                "for which the deviation of %s is".formatted(input),
                p -> 1 / norm.moments(row(input, p)).scale(),
                "%.3g")
            .ifPresent(conditions::add);
      }
    }
    return conditions;
  }

  private double token(int position) {
    return trace.tokens()[position];
  }

  private double[] row(String input, int position) {
    return evaluation.row(input, position).values();
  }

  private static double greatest(double[] row) {
    return Arrays.stream(row).map(Math::abs).max().orElse(0);
  }

  private Optional<String> tokens() {
    int[] tokens = trace.tokens();
    int token = tokens[wrong[0]];
    if (right.length > 0
        && Arrays.stream(wrong).allMatch(p -> tokens[p] == token)
        && Arrays.stream(right).allMatch(p -> tokens[p] != token)) {
      return Optional.of(String.format(Locale.ROOT, "every row of token %d", token));
    }
    boolean repeated =
        right.length > 0
            && Arrays.stream(wrong).allMatch(this::cameBefore)
            && Arrays.stream(right).noneMatch(this::cameBefore);
    return repeated ? Optional.of("every row of a token that came before") : Optional.empty();
  }

  private boolean cameBefore(int position) {
    int[] tokens = trace.tokens();
    return IntStream.range(0, position).anyMatch(p -> tokens[p] == tokens[position]);
  }

  /// A limit above which all rows are wrong and below which none is, or the other way round.
  private Optional<String> limit(String what, IntToDoubleFunction figure, String format) {
    if (wrong.length < MIN_ROWS || right.length < MIN_ROWS) {
      return Optional.empty();
    }
    double[] ofWrong = Arrays.stream(wrong).mapToDouble(figure).sorted().toArray();
    double[] ofRight = Arrays.stream(right).mapToDouble(figure).sorted().toArray();
    double least = ofWrong[0];
    double most = ofWrong[ofWrong.length - 1];
    if (least > ofRight[ofRight.length - 1]) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "every row %s at least " + format + " (of a right one at most " + format + ")",
              what,
              least,
              ofRight[ofRight.length - 1]));
    }
    return most < ofRight[0]
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "every row %s at most " + format + " (of a right one at least " + format + ")",
                what,
                most,
                ofRight[0]))
        : Optional.empty();
  }

  /// The range of inputs that come out wrong, where an operation makes each value of one.
  ///
  /// @param shown what the rows at `positions` were shown as
  /// @param expected what they are
  Optional<String> values(int[] positions, double[][] shown, Estimate[] expected) {
    if (!(operation instanceof GeluOperation gelu)) {
      return Optional.empty();
    }
    List<Double> wrongInputs = new ArrayList<>();
    List<Double> rightInputs = new ArrayList<>();
    for (int t = 0; t < positions.length; t++) {
      double[] inputs = row(gelu.input(), positions[t]);
      for (int c = 0; c < inputs.length; c++) {
        (expected[t].ratio(c, shown[t][c]) > 1 ? wrongInputs : rightInputs).add(inputs[c]);
      }
    }
    if (wrongInputs.size() < MIN_VALUES || rightInputs.size() < MIN_VALUES) {
      return Optional.empty();
    }
    double least = wrongInputs.stream().mapToDouble(x -> x).min().orElseThrow();
    double most = wrongInputs.stream().mapToDouble(x -> x).max().orElseThrow();
    return rightInputs.stream().noneMatch(x -> x >= least && x <= most)
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "every value whose input lies between %.3g and %.3g, and no other",
                least,
                most))
        : Optional.empty();
  }
}
