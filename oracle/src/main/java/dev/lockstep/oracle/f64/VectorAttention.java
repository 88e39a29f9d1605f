package dev.lockstep.oracle.f64;

import dev.lockstep.backend.naive.f64.CausalSelfAttention;
import java.util.stream.IntStream;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/// The naive backend's [CausalSelfAttention], the heads shared among the threads.
///
/// **Order.** A lane is a position while scores are computed, and a channel while values are added
/// up, so every sum is the naive backend's own chain: over channels in ascending order the one,
/// over positions the other.
final class VectorAttention extends CausalSelfAttention {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /// For fewer queries it does not pay to turn the keys into columns.
  private static final int MIN_ROWS = 4;

  private final int heads;
  private final int headSize;

  VectorAttention(int heads, int headSize) {
    super(heads, headSize);
    this.heads = heads;
    this.headSize = headSize;
  }

  @Override
  public double[][] forward(double[][] q, double[][] k, double[][] v, int firstPosition) {
    double[][] y = new double[q.length][heads * headSize];
    IntStream.range(0, heads)
        .parallel()
        .forEach(head -> attend(q, k, v, firstPosition, head * headSize, y));
    return y;
  }

  /// One head: channels `from .. from + hs` of the rows.
  private void attend(
      double[][] q, double[][] k, double[][] v, int firstPosition, int from, double[][] y) {
    int positions = visible(firstPosition + q.length - 1);
    int stride = Math.ceilDiv(positions, LANES) * LANES;
    double[] keys = q.length < MIN_ROWS ? new double[0] : columns(k, positions, from, stride);
    double[] scores = new double[stride];
    for (int t = 0; t < q.length; t++) {
      int visible = visible(firstPosition + t);
      if (keys.length == 0) {
        for (int s = 0; s < visible; s++) {
          scores[s] = dot(q[t], k[s], from);
        }
      } else {
        scores(q[t], from, keys, stride, visible, scores);
      }
      double[] probabilities = new double[visible];
      for (int s = 0; s < visible; s++) {
        probabilities[s] = scaled(scores[s]);
      }
      softmax(probabilities);
      addValues(probabilities, v, from, y[t]);
    }
  }

  /// The keys of one head, `[hs, stride]`: a position is a column.
  private double[] columns(double[][] k, int positions, int from, int stride) {
    double[] keys = new double[headSize * stride];
    for (int s = 0; s < positions; s++) {
      for (int c = 0; c < headSize; c++) {
        keys[c * stride + s] = k[s][from + c];
      }
    }
    return keys;
  }

  private double dot(double[] q, double[] k, int from) {
    double sum = 0;
    for (int c = from; c < from + headSize; c++) {
      sum += q[c] * k[c];
    }
    return sum;
  }

  private void scores(
      double[] q, int from, double[] keys, int stride, int visible, double[] scores) {
    for (int s = 0; s < visible; s += LANES) {
      DoubleVector sum = DoubleVector.zero(SPECIES);
      for (int c = 0; c < headSize; c++) {
        DoubleVector key = DoubleVector.fromArray(SPECIES, keys, c * stride + s);
        sum = sum.add(DoubleVector.broadcast(SPECIES, q[from + c]).mul(key));
      }
      sum.intoArray(scores, s);
    }
  }

  private void addValues(double[] probabilities, double[][] v, int from, double[] y) {
    int c = from;
    for (; c + LANES <= from + headSize; c += LANES) {
      DoubleVector sum = DoubleVector.zero(SPECIES);
      for (int s = 0; s < probabilities.length; s++) {
        DoubleVector value = DoubleVector.fromArray(SPECIES, v[s], c);
        sum = sum.add(DoubleVector.broadcast(SPECIES, probabilities[s]).mul(value));
      }
      sum.intoArray(y, c);
    }
    for (; c < from + headSize; c++) {
      for (int s = 0; s < probabilities.length; s++) {
        y[c] += probabilities[s] * v[s][c];
      }
    }
  }
}
