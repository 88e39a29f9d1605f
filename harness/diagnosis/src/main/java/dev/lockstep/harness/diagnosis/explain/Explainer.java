package dev.lockstep.harness.diagnosis.explain;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.harness.diagnosis.explain.Explanation.OperationReport;
import dev.lockstep.harness.diagnosis.hint.Hypotheses;
import dev.lockstep.harness.diagnosis.operation.AttentionOperation;
import dev.lockstep.harness.diagnosis.operation.Deviation;
import dev.lockstep.harness.diagnosis.operation.EmbeddingOperation;
import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Evaluation;
import dev.lockstep.harness.diagnosis.operation.GeluOperation;
import dev.lockstep.harness.diagnosis.operation.LayerNormOperation;
import dev.lockstep.harness.diagnosis.operation.LinearOperation;
import dev.lockstep.harness.diagnosis.operation.Network;
import dev.lockstep.harness.diagnosis.operation.ResidualOperation;
import dev.lockstep.harness.diagnosis.operation.Rounding;
import dev.lockstep.harness.diagnosis.operation.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// Judges what a backend showed, operation by operation and position by position.
///
/// Every operation is evaluated in double precision from the inputs that the backend itself showed,
/// so an error upstream is not blamed downstream, and its error is set against its budget. A weight
/// that the backend got wrong shows as the operation that uses it.
public final class Explainer {
  /// A hypothesis is tested on this many wrong rows at most, and on this many right ones.
  private static final int MAX_EVIDENCE_ROWS = 8;

  private static final List<String> PARTS = List.of("the queries", "the keys", "the values");

  private final Network network;
  private final Consumer<String> progress;

  /// @param weights what the backend was given
  /// @param progress is told which operation is looked at
  public Explainer(Gpt2Weights weights, Consumer<String> progress) {
    network = new Network(weights);
    this.progress = progress;
  }

  /// How many operations [#explain] will tell the progress about.
  public int operations() {
    return network.names().size();
  }

  /// Judges a sequence.
  public Explanation explain(Trace trace) {
    Evaluation evaluation = new Evaluation(network, trace);
    List<OperationReport> reports = new ArrayList<>();
    Optional<Finding> finding = Optional.empty();
    for (String name : network.names()) {
      progress.accept(name);
      int[] positions = trace.positions(name);
      if (positions.length == 0) {
        continue;
      }
      Judged judged = judge(name, positions, trace, evaluation);
      reports.add(judged.report());
      if (finding.isEmpty() && judged.report().rowsBeyond() > 0) {
        finding = Optional.of(finding(name, judged, trace, evaluation));
      }
      evaluation.forget();
    }
    return new Explanation(
        trace.shown(), reports, finding.or(() -> shownOtherwise(trace, evaluation)));
  }

  /// Every operation is right, but the logits that were shown are not those that were returned.
  private Optional<Finding> shownOtherwise(Trace trace, Evaluation evaluation) {
    int[] positions = trace.positions(Activations.LM_HEAD);
    int[] wrong =
        Arrays.stream(positions).filter(p -> trace.headShownOtherwise(p).isPresent()).toArray();
    if (wrong.length == 0) {
      return Optional.empty();
    }
    double[] shown = trace.headShownOtherwise(wrong[0]).orElseThrow();
    double[] returned = trace.row(Activations.LM_HEAD, wrong[0]);
    double[] budget =
        Arrays.stream(returned)
            .map(logit -> Rounding.UNIT * Math.abs(logit) + Rounding.UNDERFLOW)
            .toArray();
    Estimate expected = new Estimate(returned, budget);
    Finding.Slice computed = slice(Activations.LM_HEAD, wrong[0], trace, evaluation);
    return Optional.of(
        new Finding(
            Activations.LM_HEAD,
            List.of(),
            wrong[0],
            expected.compare(shown),
            wrong.length,
            positions.length,
            new ErrorLocation(trace, positions, wrong).rows(),
            new Finding.Slice(shown, returned, budget, computed.inputs()),
            Optional.of("what is shown as lm_head is not what the call returns, which is right")));
  }

  /// @param beyond the indices of the positions at which the operation exceeds its budget
  private record Judged(OperationReport report, int[] beyond, Deviation[] deviations) {}

  private static Judged judge(String name, int[] positions, Trace trace, Evaluation evaluation) {
    Estimate[] expected = evaluation.evaluate(name, positions);
    Deviation[] deviations = new Deviation[positions.length];
    int worst = 0;
    int[] beyond = new int[positions.length];
    int count = 0;
    for (int t = 0; t < positions.length; t++) {
      deviations[t] = expected[t].compare(trace.row(name, positions[t]));
      if (deviations[t].ratio() > deviations[worst].ratio()) {
        worst = t;
      }
      if (deviations[t].ratio() > 1) {
        beyond[count++] = t;
      }
    }
    OperationReport report =
        new OperationReport(name, positions.length, count, positions[worst], deviations[worst]);
    return new Judged(report, Arrays.copyOf(beyond, count), deviations);
  }

  private Finding finding(String name, Judged judged, Trace trace, Evaluation evaluation) {
    int[] positions = trace.positions(name);
    int first = judged.beyond()[0];
    int[] wrong =
        Arrays.stream(judged.beyond())
            .limit(MAX_EVIDENCE_ROWS)
            .map(index -> positions[index])
            .toArray();
    return new Finding(
        name,
        evaluation.unseenBefore(name),
        positions[first],
        judged.deviations()[first],
        judged.beyond().length,
        positions.length,
        where(name, positions, judged, wrong, trace, evaluation),
        slice(name, positions[first], trace, evaluation),
        hint(name, wrong, someRight(positions, judged.beyond()), trace, evaluation));
  }

  /// The first and the last of the rows that are right.
  private static int[] someRight(int[] positions, int[] beyond) {
    int[] right =
        IntStream.range(0, positions.length)
            .filter(index -> Arrays.binarySearch(beyond, index) < 0)
            .map(index -> positions[index])
            .toArray();
    int half = MAX_EVIDENCE_ROWS / 2;
    return IntStream.range(0, right.length)
        .filter(i -> i < half || i >= right.length - half)
        .map(i -> right[i])
        .toArray();
  }

  private Optional<String> hint(
      String name, int[] wrong, int[] right, Trace trace, Evaluation evaluation) {
    Hypotheses hypotheses = new Hypotheses(network, trace, evaluation);
    boolean shownRight =
        name.equals(Activations.LM_HEAD)
            && trace
                .headShownOtherwise(wrong[0])
                .map(row -> evaluation.evaluate(name, new int[] {wrong[0]})[0].compare(row))
                .filter(deviation -> deviation.ratio() <= 1)
                .isPresent();
    return shownRight
        ? Optional.of(
            "what is shown as lm_head is right, what the call returns is not"
                + hypotheses.hintOfAnswer(name, wrong).map(text -> ": " + text).orElse(""))
        : hypotheses.hint(name, wrong, right);
  }

  private List<String> where(
      String name,
      int[] positions,
      Judged judged,
      int[] evidence,
      Trace trace,
      Evaluation evaluation) {
    int[] wrong = Arrays.stream(judged.beyond()).map(index -> positions[index]).toArray();
    List<String> where = new ErrorLocation(trace, positions, wrong).rows();
    InputConditions conditions =
        new InputConditions(trace, evaluation, network.operation(name), positions, wrong);
    where.addAll(conditions.rows());
    Estimate[] expected = evaluation.evaluate(name, evidence);
    double[][] shownRows =
        Arrays.stream(evidence).mapToObj(p -> trace.row(name, p)).toArray(double[][]::new);
    conditions.values(evidence, shownRows, expected).ifPresent(where::add);
    boolean[] isWrong = new boolean[expected[0].values().length];
    for (int t = 0; t < evidence.length; t++) {
      for (int c = 0; c < isWrong.length; c++) {
        isWrong[c] |= expected[t].ratio(c, shownRows[t][c]) > 1;
      }
    }
    channels(name, isWrong).ifPresent(where::add);
    return where;
  }

  private Optional<String> channels(String name, boolean[] isWrong) {
    int channels = network.weights().config().nEmbd();
    int headSize = network.weights().config().headSize();
    return switch (network.operation(name)) {
      case AttentionOperation _ ->
          ErrorLocation.channels(isWrong, headSize, head -> "head " + head);
      case LinearOperation _ when name.endsWith(".attn.c_attn") ->
          ErrorLocation.channels(isWrong, channels, part -> PARTS.get(part));
      case EmbeddingOperation _,
          LinearOperation _,
          LayerNormOperation _,
          GeluOperation _,
          ResidualOperation _ ->
          ErrorLocation.channels(isWrong, isWrong.length, part -> "");
    };
  }

  private Finding.Slice slice(String name, int position, Trace trace, Evaluation evaluation) {
    Estimate expected = evaluation.evaluate(name, new int[] {position})[0];
    List<Finding.InputRow> inputs = new ArrayList<>();
    boolean looksBack = network.operation(name) instanceof AttentionOperation;
    for (String input : network.operation(name).inputs()) {
      for (int p = looksBack ? 0 : position; p <= position; p++) {
        if (trace.has(input, p)) {
          inputs.add(new Finding.InputRow(input, p, trace.row(input, p)));
        }
      }
    }
    return new Finding.Slice(
        trace.row(name, position), expected.values(), expected.budget(), inputs);
  }
}
