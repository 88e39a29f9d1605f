package dev.lockstep.verify.explain;

import dev.lockstep.api.Tensor;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntUnaryOperator;

/// `x[t] = wte[token[t]] + wpe[t]`. Budget: the one rounding, `u · |x|`.
///
/// @param position which row of `wpe` a position takes: itself, but in a hypothesis; none below 0
/// @param as what is done to every weight on its way, the identity but in a hypothesis
record EmbeddingOperation(Tensor wte, Tensor wpe, IntUnaryOperator position, DoubleUnaryOperator as)
    implements Operation {

  EmbeddingOperation(Tensor wte, Tensor wpe) {
    this(wte, wpe, IntUnaryOperator.identity(), DoubleUnaryOperator.identity());
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
      double[] budget = new double[channels];
      long token = (long) inputs.token(positions[t]) * channels;
      int place = position.applyAsInt(positions[t]);
      for (int c = 0; c < channels; c++) {
        values[c] = as.applyAsDouble(wte.get(token + c));
        if (place >= 0 && place < wpe.shape().get(0)) {
          values[c] += as.applyAsDouble(wpe.get((long) place * channels + c));
        }
        budget[c] = Rounding.UNIT * Math.abs(values[c]) + Rounding.UNDERFLOW;
      }
      x[t] = new Estimate(values, budget);
    }
    return x;
  }
}
