package dev.lockstep.backend.naive.f32;

import dev.lockstep.api.Tensor;
import java.lang.foreign.MemorySegment;

/// The output embedding: one logit per id, `logits[v] = Σ_c x[c] · W[v, c]`.
///
/// Shapes: `x [C]`, `W [V, C]` row-major (the token embedding where it is tied), `logits [V]`.
/// Every sum is one chain from 0 in ascending c, so `|error| ≤ γ(C) · Σ_c |x[c] · W[v, c]|`
/// (`ErrorBoundTest` holds it). Cost: `2 · V · C` FLOPs.
public class LmHead {
  private final Tensor weight;

  public LmHead(Tensor weight) {
    this.weight = weight;
  }

  public float[] forward(float[] x) {
    float[] logits = new float[weight.shape().get(0)];
    float[] row = new float[x.length];
    for (int id = 0; id < logits.length; id++) {
      MemorySegment.copy(
          weight.data(), Tensor.LAYOUT, (long) id * x.length * Float.BYTES, row, 0, x.length);
      logits[id] = dot(x, row);
    }
    return logits;
  }

  private static float dot(float[] x, float[] row) {
    float sum = 0;
    for (int c = 0; c < x.length; c++) {
      sum += x[c] * row[c];
    }
    return sum;
  }
}
