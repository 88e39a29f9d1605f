package dev.lockstep.backend.naive.f64;

/// Multi-head causal self-attention (Vaswani et al. 2017), between `c_attn` and `c_proj`.
///
/// For every head, and a query at position p:
/// `score[s] = q · k[s] / √hs` for s = 0 … p, `y = Σ_s softmax(score)[s] · v[s]`.
///
/// Head h owns channels `h·hs … (h + 1)·hs − 1` of every row, `hs = C / NH`. What a mask would set
/// to −∞ is not computed at all.
///
/// Shapes: `q`, `y` `[T, C]`; `k`, `v` at least `[firstPosition + T, C]`, row s belongs to
/// position s. Cost: `4 · C` FLOPs per pair of a query and a position that it sees.
public class CausalSelfAttention {
  private final int heads;
  private final int headSize;

  public CausalSelfAttention(int heads, int headSize) {
    this.heads = heads;
    this.headSize = headSize;
  }

  /// @param firstPosition the position of the first query
  public double[][] forward(double[][] q, double[][] k, double[][] v, int firstPosition) {
    double[][] y = new double[q.length][heads * headSize];
    for (int t = 0; t < y.length; t++) {
      for (int head = 0; head < heads; head++) {
        attend(q[t], k, v, head * headSize, visible(firstPosition + t), y[t]);
      }
    }
    return y;
  }

  /// One query and one head: channels `from .. from + hs` of the rows.
  private void attend(double[] q, double[][] k, double[][] v, int from, int visible, double[] y) {
    double[] probabilities = new double[visible];
    for (int s = 0; s < visible; s++) {
      probabilities[s] = scaled(dot(q, k[s], from));
    }
    softmax(probabilities);
    for (int s = 0; s < visible; s++) {
      for (int c = from; c < from + headSize; c++) {
        y[c] += probabilities[s] * v[s][c];
      }
    }
  }

  /// The causal mask: how many positions, from 0 on, a query at `position` sees.
  protected int visible(int position) {
    return position + 1;
  }

  /// `score / √hs`
  protected double scaled(double score) {
    return score / Math.sqrt(headSize);
  }

  /// Replaces scores by probabilities.
  protected void softmax(double[] scores) {
    Softmax.inPlace(scores);
  }

  private double dot(double[] q, double[] k, int from) {
    double sum = 0;
    for (int c = from; c < from + headSize; c++) {
      sum += q[c] * k[c];
    }
    return sum;
  }
}
