package dev.lockstep.harness.diagnosis.operation;

import java.util.List;
import java.util.function.IntUnaryOperator;

/// Causal self-attention between `c_attn` and `c_proj`, head by head: `s[j] = q · k[j] / √hs`, `p =
/// softmax(s)` over the positions j ≤ t, `y = Σ_j p[j] · v[j]`.
///
/// **Budget**, to first order:
/// - a score is off by `Δs[j]` = the budget of a sum of hs terms, over √hs, plus the square root's
///   and the division's error of `|s[j]|`;
/// - its exponential by `ε[j]` relative: the function's error and `2u · |s[j] − max s|` for its
///   argument;
/// - what is common to all p cancels, so `y[c]` is off by `Σ_j p[j] · |v[j, c] − y[c]| · (Δs[j] +
///   ε[j])`, plus the budget of a sum of the terms `p[j] · v[j, c]`, plus a division of each, plus
///   the relative budget of the softmax's own sum times `|y[c]|`;
/// - where q, k and v have budgets: `Δs[j]` grows by `√(Σ (q·B(k))² + (k·B(q))²) / √hs`, `y[c]` by
///   `Σ_j p[j] · B(v[j, c])`.
///
/// @param input `c_attn`
/// @param form what is attended to, and how; [Form#gpt2] except in a hypothesis
public record AttentionOperation(String input, int heads, int headSize, Form form)
    implements Operation {

  /// @param divisor what scores are divided by
  /// @param first the first position that a query at a position sees
  /// @param end the position after the last that it sees
  /// @param query where in a row of `c_attn` the queries begin, in units of C; 0
  /// @param key where the keys begin; 1
  /// @param value where the values begin; 2
  /// @param interleaved whether channel i of head h is `i · heads + h` and not `h · hs + i`, in q,
  ///     k and v
  /// @param scattered the same for the output
  public record Form(
      double divisor,
      IntUnaryOperator first,
      IntUnaryOperator end,
      int query,
      int key,
      int value,
      boolean interleaved,
      boolean scattered) {

    static Form gpt2(int headSize) {
      return new Form(Math.sqrt(headSize), p -> 0, p -> p + 1, 0, 1, 2, false, false);
    }

    public Form divisor(double other) {
      return new Form(other, first, end, query, key, value, interleaved, scattered);
    }

    public Form window(IntUnaryOperator from, IntUnaryOperator to) {
      return new Form(divisor, from, to, query, key, value, interleaved, scattered);
    }

    public Form parts(int q, int k, int v) {
      return new Form(divisor, first, end, q, k, v, interleaved, scattered);
    }

    public Form interleaved(boolean in, boolean out) {
      return new Form(divisor, first, end, query, key, value, in, out);
    }
  }

  @Override
  public List<String> inputs() {
    return List.of(input);
  }

  @Override
  public Estimate[] evaluate(int[] positions, Inputs inputs) {
    int end = 0;
    for (int position : positions) {
      end = Math.max(end, Math.max(position + 1, form.end().applyAsInt(position)));
    }
    Estimate[] rows = new Estimate[end];
    for (int position = 0; position < end; position++) {
      rows[position] = inputs.row(input, position);
    }
    Estimate[] y = new Estimate[positions.length];
    for (int t = 0; t < y.length; t++) {
      y[t] = attend(rows, positions[t]);
    }
    return y;
  }

  /// The greatest scaled score that the query at a position meets, over all heads.
  public double greatestScore(int position, Inputs inputs) {
    double[] query = inputs.row(input, position).values();
    double greatest = Double.NEGATIVE_INFINITY;
    for (int j = 0; j <= position; j++) {
      double[] key = inputs.row(input, j).values();
      for (int head = 0; head < heads; head++) {
        double sum = 0;
        for (int i = 0; i < headSize; i++) {
          sum += query[channel(form.query(), head, i)] * key[channel(form.key(), head, i)];
        }
        greatest = Math.max(greatest, sum / form.divisor());
      }
    }
    return greatest;
  }

  private Estimate attend(Estimate[] rows, int position) {
    int channels = heads * headSize;
    Estimate y = new Estimate(new double[channels], new double[channels]);
    for (int head = 0; head < heads; head++) {
      new Head(rows, position, head).into(y);
    }
    return y;
  }

  private int channel(int part, int head, int i) {
    int within = form.interleaved() ? i * heads + head : head * headSize + i;
    return part * heads * headSize + within;
  }

  /// One query and one head.
  private final class Head {
    private final Estimate[] rows;
    private final int position;
    private final int head;
    private final int first;
    private final double[] probabilities;
    private final double[] relativeErrors;
    private double sumError;

    Head(Estimate[] rows, int position, int head) {
      this.rows = rows;
      this.position = position;
      this.head = head;
      first = form.first().applyAsInt(position);
      int count = Math.max(0, form.end().applyAsInt(position) - first);
      probabilities = new double[count];
      relativeErrors = new double[count];
      softmax();
    }

    private void softmax() {
      double max = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < probabilities.length; j++) {
        score(j);
        max = Math.max(max, probabilities[j]);
      }
      double sum = 0;
      double squares = 0;
      for (int j = 0; j < probabilities.length; j++) {
        double distance = max - probabilities[j];
        probabilities[j] = StrictMath.exp(-distance);
        relativeErrors[j] += Rounding.EXP + 2 * Rounding.UNIT * distance;
        sum += probabilities[j];
        squares += probabilities[j] * probabilities[j];
      }
      sumError = Rounding.ofSum(probabilities.length, squares, sum, 0) / sum + Rounding.DIVIDE;
      for (int j = 0; j < probabilities.length; j++) {
        probabilities[j] /= sum;
      }
    }

    /// Leaves the score in `probabilities` and its error in `relativeErrors`.
    private void score(int j) {
      Estimate query = rows[position];
      Estimate key = rows[first + j];
      double sum = 0;
      double squares = 0;
      double passedOn = 0;
      for (int i = 0; i < headSize; i++) {
        int q = channel(form.query(), head, i);
        int k = channel(form.key(), head, i);
        double product = query.values()[q] * key.values()[k];
        sum += product;
        squares += product * product;
        double ofKey = query.values()[q] * key.budget(k);
        double ofQuery = key.values()[k] * query.budget(q);
        passedOn += ofKey * ofKey + ofQuery * ofQuery;
      }
      double error = Rounding.ofSum(headSize, squares, sum, 0) + Math.sqrt(passedOn);
      probabilities[j] = sum / form.divisor();
      relativeErrors[j] =
          error / form.divisor()
              + Math.abs(probabilities[j]) * (Rounding.SQUARE_ROOT + Rounding.DIVIDE);
    }

    void into(Estimate y) {
      for (int i = 0; i < headSize; i++) {
        int value = channel(form.value(), head, i);
        double sum = 0;
        double squares = 0;
        double magnitude = 0;
        double passedOn = 0;
        for (int j = 0; j < probabilities.length; j++) {
          Estimate row = rows[first + j];
          double term = probabilities[j] * row.values()[value];
          sum += term;
          squares += term * term;
          magnitude += Math.abs(term);
          passedOn += probabilities[j] * row.budget(value);
        }
        double weighted = 0;
        for (int j = 0; j < probabilities.length; j++) {
          weighted +=
              probabilities[j]
                  * Math.abs(rows[first + j].values()[value] - sum)
                  * relativeErrors[j];
        }
        int out = form.scattered() ? i * heads + head : head * headSize + i;
        y.values()[out] = sum;
        y.budget()[out] =
            weighted
                + Rounding.ofSum(probabilities.length, squares, sum, 0)
                + Rounding.DIVIDE * magnitude
                + Math.abs(sum) * sumError
                + passedOn;
      }
    }
  }
}
