package dev.lockstep.oracle.f32;

import dev.lockstep.backend.naive.f32.CausalSelfAttention;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The naive backend's [CausalSelfAttention], the heads shared among the threads.
///
/// **Order.** A lane is a position while scores are computed, and a channel while values are added
/// up, so every sum is the naive backend's own chain: over channels in ascending order the one,
/// over positions the other.
final class VectorAttention extends CausalSelfAttention {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
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
  public float[][] forward(float[][] q, float[][] k, float[][] v, int firstPosition) {
    float[][] y = new float[q.length][heads * headSize];
    IntStream.range(0, heads)
        .parallel()
        .forEach(head -> attend(q, k, v, firstPosition, head * headSize, y));
    return y;
  }

  /// One head: channels `from .. from + hs` of the rows.
  private void attend(
      float[][] q, float[][] k, float[][] v, int firstPosition, int from, float[][] y) {
    int positions = visible(firstPosition + q.length - 1);
    int stride = Math.ceilDiv(positions, LANES) * LANES;
    float[] keys = q.length < MIN_ROWS ? new float[0] : columns(k, positions, from, stride);
    float[] scores = new float[stride];
    for (int t = 0; t < q.length; t++) {
      int visible = visible(firstPosition + t);
      if (keys.length == 0) {
        for (int s = 0; s < visible; s++) {
          scores[s] = dot(q[t], k[s], from);
        }
      } else {
        scores(q[t], from, keys, stride, visible, scores);
      }
      float[] probabilities = new float[visible];
      for (int s = 0; s < visible; s++) {
        probabilities[s] = scaled(scores[s]);
      }
      softmax(probabilities);
      addValues(probabilities, v, from, y[t]);
    }
  }

  /// The keys of one head, `[hs, stride]`: a position is a column.
  private float[] columns(float[][] k, int positions, int from, int stride) {
    float[] keys = new float[headSize * stride];
    for (int s = 0; s < positions; s++) {
      for (int c = 0; c < headSize; c++) {
        keys[c * stride + s] = k[s][from + c];
      }
    }
    return keys;
  }

  private float dot(float[] q, float[] k, int from) {
    float sum = 0;
    for (int c = from; c < from + headSize; c++) {
      sum += q[c] * k[c];
    }
    return sum;
  }

  private void scores(float[] q, int from, float[] keys, int stride, int visible, float[] scores) {
    for (int s = 0; s < visible; s += LANES) {
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int c = 0; c < headSize; c++) {
        FloatVector key = FloatVector.fromArray(SPECIES, keys, c * stride + s);
        sum = sum.add(FloatVector.broadcast(SPECIES, q[from + c]).mul(key));
      }
      sum.intoArray(scores, s);
    }
  }

  private void addValues(float[] probabilities, float[][] v, int from, float[] y) {
    int c = from;
    for (; c + LANES <= from + headSize; c += LANES) {
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int s = 0; s < probabilities.length; s++) {
        FloatVector value = FloatVector.fromArray(SPECIES, v[s], c);
        sum = sum.add(FloatVector.broadcast(SPECIES, probabilities[s]).mul(value));
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
