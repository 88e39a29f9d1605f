package dev.lockstep.harness.diagnosis.operation;

import java.util.List;
import java.util.stream.IntStream;

/// `y[o] = b[o] + Σ_k x[k] · W[k, o]`.
///
/// **Budget**, with `p[k] = x[k] · W[k, o]`: that of a sum of K terms started at `b[o]`
/// ([Rounding#ofSum]), plus `u · |y[o]|` for the result. Where x itself was evaluated and has a
/// budget B: plus `√(Σ (B[k]·W[k, o])²)` for errors that are independent, plus
/// `|Σ B[k]·sign(x[k])·W[k, o]|` for one that all inputs share, such as that of a common factor.
///
/// @param input the activation x
/// @param bias `[out]`, or empty if there is none
public record LinearOperation(String input, Matrix weight, double[] bias) implements Operation {
  private static final int OUTPUTS_AT_ONCE = 256;

  @Override
  public List<String> inputs() {
    return List.of(input);
  }

  @Override
  public Estimate[] evaluate(int[] positions, Inputs inputs) {
    Estimate[] x = new Estimate[positions.length];
    Estimate[] y = new Estimate[positions.length];
    int outputs = weight.outputs();
    for (int t = 0; t < y.length; t++) {
      x[t] = inputs.row(input, positions[t]);
      y[t] = new Estimate(new double[outputs], new double[outputs]);
    }
    int blocks = (outputs + OUTPUTS_AT_ONCE - 1) / OUTPUTS_AT_ONCE;
    IntStream.range(0, blocks)
        .parallel()
        .forEach(
            block -> {
              int from = block * OUTPUTS_AT_ONCE;
              int length = Math.min(OUTPUTS_AT_ONCE, outputs - from);
              new Block(x, from, length).into(y);
            });
    return y;
  }

  /// Some outputs of all rows: the matrix is read once for all of them.
  private final class Block {
    private final Estimate[] x;
    private final int from;
    private final int length;
    private final double[][] sum;
    private final double[][] squares;
    private final double[][] passedOn;
    private final double[][] common;

    Block(Estimate[] x, int from, int length) {
      this.x = x;
      this.from = from;
      this.length = length;
      sum = new double[x.length][length];
      squares = new double[x.length][length];
      passedOn = new double[x.length][length];
      common = new double[x.length][length];
    }

    void into(Estimate[] y) {
      if (weight.transposed()) {
        readByOutput();
      } else {
        readByInput();
      }
      int terms = weight.inputs();
      for (int t = 0; t < y.length; t++) {
        for (int o = 0; o < length; o++) {
          double start = bias.length == 0 ? 0 : bias[from + o];
          double value = start + sum[t][o];
          y[t].values()[from + o] = value;
          y[t].budget()[from + o] =
              Rounding.ofSum(terms, squares[t][o], sum[t][o], start)
                  + Rounding.UNIT * Math.abs(value)
                  + Math.sqrt(passedOn[t][o])
                  + Math.abs(common[t][o]);
        }
      }
    }

    private void readByInput() {
      for (int k = 0; k < weight.inputs(); k++) {
        double[] row = weight.row(k, from, length);
        for (int t = 0; t < x.length; t++) {
          add(t, x[t].values()[k], row);
          if (!x[t].isShown()) {
            pass(t, x[t].budget(k) * Math.signum(x[t].values()[k]), x[t].budget(k), row);
          }
        }
      }
    }

    private void add(int t, double factor, double[] row) {
      double[] rowSum = sum[t];
      double[] rowSquares = squares[t];
      for (int o = 0; o < row.length; o++) {
        double product = factor * row[o];
        rowSum[o] += product;
        rowSquares[o] += product * product;
      }
    }

    private void pass(int t, double signed, double budget, double[] row) {
      for (int o = 0; o < row.length; o++) {
        double error = budget * row[o];
        passedOn[t][o] += error * error;
        common[t][o] += signed * row[o];
      }
    }

    private void readByOutput() {
      int terms = weight.inputs();
      for (int o = 0; o < length; o++) {
        double[] row = weight.row(from + o, 0, terms);
        for (int t = 0; t < x.length; t++) {
          double[] values = x[t].values();
          double total = 0;
          double square = 0;
          for (int k = 0; k < terms; k++) {
            double product = values[k] * row[k];
            total += product;
            square += product * product;
          }
          sum[t][o] = total;
          squares[t][o] = square;
          if (!x[t].isShown()) {
            passByOutput(t, o, row);
          }
        }
      }
    }

    private void passByOutput(int t, int o, double[] row) {
      for (int k = 0; k < row.length; k++) {
        double error = x[t].budget(k) * row[k];
        passedOn[t][o] += error * error;
        common[t][o] += error * Math.signum(x[t].values()[k]);
      }
    }
  }
}
