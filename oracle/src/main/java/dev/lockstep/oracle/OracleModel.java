package dev.lockstep.oracle;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.oracle.f32.VectorLayers;
import java.util.LinkedHashMap;
import java.util.Map;

/// The naive backend's numbers for a model. Its sessions generate in single precision; [#forced]
/// gives the logits of both precisions after given tokens.
public final class OracleModel extends KvCacheModel {
  /// How many positions go through the output embedding together.
  static final int ROWS_AT_ONCE = 16;

  private final dev.lockstep.oracle.f32.ForcedPass single;
  private final dev.lockstep.oracle.f64.ForcedPass exact;

  OracleModel(Gpt2Weights weights) {
    super(new VectorLayers(weights));
    single = new dev.lockstep.oracle.f32.ForcedPass(weights);
    exact = new dev.lockstep.oracle.f64.ForcedPass(weights);
  }

  @Override
  public Map<String, String> executionPath() {
    Map<String, String> path = new LinkedHashMap<>(super.executionPath());
    path.put("threads", Integer.toString(Runtime.getRuntime().availableProcessors()));
    return path;
  }

  /// Receives the logits after one position, `[V]` in each precision.
  @FunctionalInterface
  public interface LogitsOfBoth {
    void accept(int position, float[] single, double[] exact);
  }

  /// Computes the logits after every position from `from` on.
  ///
  /// @param tokens from position 0 on
  /// @throws IllegalArgumentException if the model has no such tokens or no room for them
  public void forced(int[] tokens, int from, LogitsOfBoth each) {
    SessionChecks.tokens(config(), 0, tokens);
    float[][] hiddenSingle = single.hidden(tokens);
    double[][] hiddenExact = exact.hidden(tokens);
    for (int first = from; first < tokens.length; first += ROWS_AT_ONCE) {
      int end = Math.min(tokens.length, first + ROWS_AT_ONCE);
      float[][] logitsSingle = single.logits(hiddenSingle, first, end);
      double[][] logitsExact = exact.logits(hiddenExact, first, end);
      for (int row = 0; row < end - first; row++) {
        each.accept(first + row, logitsSingle[row], logitsExact[row]);
      }
    }
  }
}
