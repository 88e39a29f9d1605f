package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Evaluation;
import dev.lockstep.harness.diagnosis.operation.Network;
import dev.lockstep.harness.diagnosis.operation.Trace;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// A trace of a backend that there is not: every row evaluated in double precision and rounded to
/// single, one activation replaced by something else.
public final class MadeTrace implements Trace {
  private final int[] tokens;
  private final Map<String, double[][]> rows;

  private MadeTrace(int[] tokens, Map<String, double[][]> rows) {
    this.tokens = tokens;
    this.rows = rows;
  }

  /// What a right backend shows.
  public static Trace of(Network network, int[] tokens) {
    return of(network, tokens, "", new Estimate[0]);
  }

  /// What a backend shows that computes `wrong` in place of one activation; what follows is
  /// computed from that.
  public static Trace of(Network network, int[] tokens, String name, Estimate[] wrong) {
    MadeTrace trace = new MadeTrace(tokens, new LinkedHashMap<>());
    int[] positions = IntStream.range(0, tokens.length).toArray();
    for (String each : network.names()) {
      Estimate[] computed =
          each.equals(name) ? wrong : new Evaluation(network, trace).evaluate(each, positions);
      double[][] shown = new double[tokens.length][];
      for (int t = 0; t < shown.length; t++) {
        shown[t] = new double[computed[t].values().length];
        for (int c = 0; c < shown[t].length; c++) {
          shown[t][c] = (float) computed[t].values()[c];
        }
      }
      trace.rows.put(each, shown);
    }
    return trace;
  }

  /// The same, with some activations kept back.
  public static Trace without(Trace trace, Predicate<String> hidden) {
    Map<String, double[][]> rows = new HashMap<>(((MadeTrace) trace).rows);
    rows.keySet().removeIf(hidden);
    return new MadeTrace(trace.tokens(), rows);
  }

  @Override
  public int[] tokens() {
    return tokens;
  }

  @Override
  public Set<String> shown() {
    return rows.keySet();
  }

  @Override
  public int[] positions(String name) {
    return rows.containsKey(name) ? IntStream.range(0, tokens.length).toArray() : new int[0];
  }

  @Override
  public boolean has(String name, int position) {
    return rows.containsKey(name);
  }

  @Override
  public double[] row(String name, int position) {
    double[][] known = rows.get(name);
    if (known == null) {
      throw new IllegalArgumentException(name);
    }
    return known[position];
  }

  @Override
  public int firstOfCall(int position) {
    return 0;
  }

  @Override
  public List<Foreign> foreign(String name, int position) {
    return List.of();
  }
}
