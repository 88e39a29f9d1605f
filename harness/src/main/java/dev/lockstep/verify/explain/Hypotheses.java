package dev.lockstep.verify.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Looks for the mistake behind an operation that is beyond its budget.
///
/// Every suspect is evaluated in double precision from the same inputs and accepted only if it
/// explains every wrong row down to the budget. Among several the best fit is taken.
final class Hypotheses {
  private final Network network;
  private final Trace trace;
  private final Evaluation evaluation;

  Hypotheses(Network network, Trace trace, Evaluation evaluation) {
    this.network = network;
    this.trace = trace;
    this.evaluation = evaluation;
  }

  /// What the error looks like.
  ///
  /// @param positions the rows that are wrong, at least one
  Optional<String> hint(String name, int[] positions) {
    double[][] shown = new double[positions.length][];
    for (int t = 0; t < shown.length; t++) {
      shown[t] = trace.row(name, positions[t]);
    }
    Optional<String> plain = overflow(name, positions, shown).or(() -> PlainSigns.of(shown));
    if (plain.isPresent()) {
      return plain;
    }
    Optional<String> suspect = suspect(name, positions, shown);
    if (suspect.isPresent() || !evaluation.unseenBefore(name).isEmpty()) {
      return suspect;
    }
    Estimate[] expected = evaluation.evaluate(name, positions);
    Optional<String> pattern =
        switch (network.operation(name)) {
          case LinearOperation linear ->
              new LinearPatterns(linear, name, positions, shown, expected, evaluation).hint();
          case LayerNormOperation norm ->
              epsilon(name, norm, positions, shown)
                  .or(
                      () ->
                          CommonErrors.of(
                              norm, inputRows(norm.input(), positions), shown, expected));
          case AttentionOperation attention -> CommonErrors.of(attention, shown, expected);
          case GeluOperation gelu ->
              CommonErrors.ofFunction(inputRows(gelu.input(), positions), shown, expected);
          default -> Optional.empty();
        };
    return PlainSigns.rounded(shown, expected).or(() -> pattern);
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

  private Optional<String> suspect(String name, int[] positions, double[][] shown) {
    Suspects suspects = new Suspects(network, trace);
    List<String> blamed = new ArrayList<>(evaluation.unseenBefore(name));
    blamed.add(name);
    String best = null;
    double bestRatio = Math.nextUp(1.0);
    for (String each : blamed) {
      for (Alternative alternative : suspects.of(each, positions[0])) {
        Evaluation wrong = evaluation.with(each, alternative.operation());
        double ratio = worst(wrong.evaluate(name, positions), shown);
        if (ratio < bestRatio) {
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
        double value = expected[t].values()[c];
        // A hypothesis that gives no number explains nothing.
        double ratio =
            Double.isFinite(value)
                ? Deviation.ratio(shown[t][c], value, expected[t].budget(c))
                : Double.POSITIVE_INFINITY;
        worst = Math.max(worst, ratio);
      }
    }
    return worst;
  }
}
