package dev.lockstep.harness.diagnosis.operation;

import dev.lockstep.api.Tensor;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntUnaryOperator;

/// `x[t] = wte[token[t]] + wpe[t]`. Budget: the one rounding, `u · |x|`.
///
/// @param form what is looked up, and how; [Form#GPT2] except in a hypothesis
public record EmbeddingOperation(Tensor wte, Tensor wpe, Form form) implements Operation {

  /// @param token which row of `wte` a token takes: its own; none outside the vocabulary
  /// @param position which row of `wpe` a position takes: its own; none outside the context
  /// @param tokenFactor what the row of `wte` is multiplied by, 1
  /// @param positionFactor what the row of `wpe` is multiplied by, 1
  /// @param as what is done to every weight on its way, nothing
  public record Form(
      IntUnaryOperator token,
      IntUnaryOperator position,
      double tokenFactor,
      double positionFactor,
      DoubleUnaryOperator as) {
    static final Form GPT2 =
        new Form(
            IntUnaryOperator.identity(),
            IntUnaryOperator.identity(),
            1,
            1,
            DoubleUnaryOperator.identity());

    public Form token(IntUnaryOperator other) {
      return new Form(other, position, tokenFactor, positionFactor, as);
    }

    public Form position(IntUnaryOperator other) {
      return new Form(token, other, tokenFactor, positionFactor, as);
    }

    public Form factors(double ofToken, double ofPosition) {
      return new Form(token, position, ofToken, ofPosition, as);
    }

    public Form as(DoubleUnaryOperator rounding) {
      return new Form(token, position, tokenFactor, positionFactor, rounding);
    }
  }

  EmbeddingOperation(Tensor wte, Tensor wpe) {
    this(wte, wpe, Form.GPT2);
  }

  @Override
  public List<String> inputs() {
    return List.of();
  }

  @Override
  public Estimate[] evaluate(int[] positions, Inputs inputs) {
    int channels = wte.shape().get(1);
    Estimate[] x = new Estimate[positions.length];
    for (int t = 0; t < x.length; t++) {
      double[] values = new double[channels];
      add(wte, form.token().applyAsInt(inputs.token(positions[t])), form.tokenFactor(), values);
      add(wpe, form.position().applyAsInt(positions[t]), form.positionFactor(), values);
      double[] budget = new double[channels];
      for (int c = 0; c < channels; c++) {
        budget[c] = Rounding.UNIT * Math.abs(values[c]) + Rounding.UNDERFLOW;
      }
      x[t] = new Estimate(values, budget);
    }
    return x;
  }

  private void add(Tensor table, int row, double factor, double[] values) {
    if (row < 0 || row >= table.shape().get(0)) {
      return;
    }
    for (int c = 0; c < values.length; c++) {
      values[c] += factor * form.as().applyAsDouble(table.get((long) row * values.length + c));
    }
  }
}
