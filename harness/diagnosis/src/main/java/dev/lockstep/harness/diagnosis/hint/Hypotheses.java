package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.api.Activations;
import dev.lockstep.harness.diagnosis.operation.AttentionOperation;
import dev.lockstep.harness.diagnosis.operation.EmbeddingOperation;
import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Evaluation;
import dev.lockstep.harness.diagnosis.operation.GeluOperation;
import dev.lockstep.harness.diagnosis.operation.LayerNormOperation;
import dev.lockstep.harness.diagnosis.operation.LinearOperation;
import dev.lockstep.harness.diagnosis.operation.Network;
import dev.lockstep.harness.diagnosis.operation.ResidualOperation;
import dev.lockstep.harness.diagnosis.operation.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/// Looks for the mistake behind an operation that is beyond its budget.
///
/// Every suspect is evaluated in double precision from the same inputs and accepted only if it
/// explains every wrong row down to the budget. Among several the best fit is taken.
public final class Hypotheses {
  private final Network network;
  private final Trace trace;
  private final Evaluation evaluation;

  public Hypotheses(Network network, Trace trace, Evaluation evaluation) {
    this.network = network;
    this.trace = trace;
    this.evaluation = evaluation;
  }

  /// What the error looks like.
  ///
  /// @param wrong the positions of rows that are wrong, at least one
  /// @param right the positions of some rows that are right: a hypothesis that is true of them too
  ///     is preferred
  public Optional<String> hint(String name, int[] wrong, int[] right) {
    double[][] shown = shown(name, wrong);
    Optional<String> plain = overflow(name, wrong, shown).or(() -> PlainSigns.of(shown));
    if (plain.isPresent()) {
      return plain;
    }
    List<String> blamed = new ArrayList<>(evaluation.unseenBefore(name));
    blamed.add(name);
    Optional<String> suspect =
        best(name, blamed, each -> suspects(each).all(wrong[0]), wrong, right);
    if (suspect.isPresent() || blamed.size() > 1) {
      return suspect;
    }
    Estimate[] expected = evaluation.evaluate(name, wrong);
    return PlainSigns.rounded(shown, expected)
        .or(() -> Zeros.of(shown, expected))
        .or(() -> otherRows(name, wrong, shown))
        .or(() -> pattern(name, wrong, right, shown, expected));
  }

  /// What the error of an answer looks like where everything shown was right. Neither the operation
  /// nor its weights are to blame then.
  public Optional<String> hintOfAnswer(String name, int[] wrong) {
    double[][] shown = shown(name, wrong);
    Estimate[] expected = evaluation.evaluate(name, wrong);
    return PlainSigns.of(shown)
        .or(() -> best(name, List.of(name), each -> suspects(each).otherRows(), wrong, new int[0]))
        .or(() -> PlainSigns.rounded(shown, expected))
        .or(() -> otherRows(name, wrong, shown))
        .or(() -> Proportions.ofLogits(shown, expected));
  }

  private Suspects suspects(String name) {
    return new Suspects(network, trace, name);
  }

  private double[][] shown(String name, int[] positions) {
    return Arrays.stream(positions)
        .mapToObj(position -> trace.row(name, position))
        .toArray(double[][]::new);
  }

  private Optional<String> otherRows(String name, int[] wrong, double[][] shown) {
    return OtherRows.of(name, wrong, shown, trace.tokens().length, evaluation);
  }

  /// The patterns that one kind of operation has.
  private Optional<String> pattern(
      String name, int[] wrong, int[] right, double[][] shown, Estimate[] expected) {
    return switch (network.operation(name)) {
      case EmbeddingOperation embedding ->
          new EmbeddingPatterns(embedding, wrong, trace.tokens(), shown)
              .hint()
              .or(() -> Proportions.of(shown, expected));
      case LinearOperation linear -> linear(name, linear, wrong, right, shown, expected);
      case LayerNormOperation norm ->
          epsilon(name, norm, wrong, shown)
              .or(() -> CommonErrors.of(norm, inputRows(norm.input(), wrong), shown, expected));
      case AttentionOperation attention ->
          CommonErrors.of(attention, shown, expected)
              .or(
                  () ->
                      new AttentionPatterns(attention, wrong, shown, expected, evaluation).hint());
      case GeluOperation gelu ->
          Proportions.of(shown, expected)
              .or(() -> CommonErrors.ofFunction(inputRows(gelu.input(), wrong), shown, expected));
      case ResidualOperation _ -> Proportions.of(shown, expected);
    };
  }

  private Optional<String> linear(
      String name,
      LinearOperation linear,
      int[] wrong,
      int[] right,
      double[][] shown,
      Estimate[] expected) {
    double[][] all =
        Stream.concat(Arrays.stream(shown), Arrays.stream(shown(name, right)))
            .toArray(double[][]::new);
    Optional<String> proportion =
        name.equals(Activations.LM_HEAD)
            ? Proportions.ofLogits(shown, expected)
            : Proportions.of(shown, expected, linear.bias());
    return proportion.or(
        () -> new LinearPatterns(linear, name, wrong, right, all, evaluation).hint());
  }

  private double[][] inputRows(String input, int[] positions) {
    return Arrays.stream(positions)
        .mapToObj(position -> evaluation.row(input, position).values())
        .toArray(double[][]::new);
  }

  /// A softmax whose powers overflow: that is what subtracting the greatest score is for.
  private Optional<String> overflow(String name, int[] positions, double[][] shown) {
    boolean finite =
        Arrays.stream(shown).flatMapToDouble(Arrays::stream).allMatch(Double::isFinite);
    if (finite || !(network.operation(name) instanceof AttentionOperation attention)) {
      return Optional.empty();
    }
    double score = attention.greatestScore(positions[0], evaluation);
    return score > Math.log(Float.MAX_VALUE)
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "exp overflows: a score reaches %.3g and the greatest is not subtracted",
                score))
        : Optional.empty();
  }

  /// The suspect that explains all wrong rows. One that explains the right rows as well is
  /// preferred, then the one that fits best.
  private Optional<String> best(
      String name,
      List<String> blamed,
      Function<String, List<Alternative>> suspects,
      int[] wrong,
      int[] right) {
    double[][] shown = shown(name, wrong);
    double[][] shownRight = shown(name, right);
    String best = null;
    boolean bestIsGeneral = false;
    double bestRatio = Math.nextUp(1.0);
    for (String each : blamed) {
      for (Alternative alternative : suspects.apply(each)) {
        Evaluation mistaken = evaluation.with(each, alternative.computation());
        double ratio = worst(mistaken.evaluate(name, wrong), shown);
        if (!(ratio <= 1)) {
          continue;
        }
        boolean isGeneral =
            right.length == 0 || worst(mistaken.evaluate(name, right), shownRight) <= 1;
        if (isGeneral && !bestIsGeneral || isGeneral == bestIsGeneral && ratio < bestRatio) {
          bestIsGeneral = isGeneral;
          bestRatio = ratio;
          best = each.equals(name) ? alternative.hint() : each + ": " + alternative.hint();
        }
      }
    }
    return Optional.ofNullable(best);
  }

  /// Solves for the epsilon that the first row was normalised with.
  private Optional<String> epsilon(
      String name, LayerNormOperation norm, int[] positions, double[][] shown) {
    double[] x = evaluation.row(norm.input(), positions[0]).values();
    LayerNormOperation.Moments moments = norm.moments(x);
    double product = 0;
    double squares = 0;
    for (int c = 0; c < x.length; c++) {
      double scaled = (x[c] - moments.mean()) * norm.gain()[c];
      product += scaled * (shown[0][c] - norm.bias()[c]);
      squares += scaled * scaled;
    }
    double scale = product / squares;
    double variance = 1 / (moments.scale() * moments.scale()) - norm.epsilon();
    double epsilon = 1 / (scale * scale) - variance;
    LayerNormOperation other =
        new LayerNormOperation(norm.input(), norm.gain(), norm.bias(), epsilon, norm.form());
    return epsilon >= 0 && worst(evaluation.with(name, other).evaluate(name, positions), shown) <= 1
        ? Optional.of(
            String.format(
                Locale.ROOT, "another epsilon: about %.2g, not %.2g", epsilon, norm.epsilon()))
        : Optional.empty();
  }

  private static double worst(Estimate[] expected, double[][] shown) {
    double worst = 0;
    for (int t = 0; t < shown.length; t++) {
      for (int c = 0; c < shown[t].length; c++) {
        // A hypothesis that gives no number explains nothing.
        double ratio =
            Double.isFinite(expected[t].values()[c])
                ? expected[t].ratio(c, shown[t][c])
                : Double.POSITIVE_INFINITY;
        worst = Math.max(worst, ratio);
      }
    }
    return worst;
  }
}
