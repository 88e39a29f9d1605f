package dev.lockstep.tck;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Activations;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.Precision;
import dev.lockstep.harness.diagnosis.operation.Trace;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What a session showed while it computed one sequence.
///
/// `lm_head` is what a call returned: that is what the caller goes by, whatever was shown. Where
/// both are the same, the row that was shown is taken, which may have more bits.
final class ShownTrace implements Trace {
  private final int[] tokens;
  private final int[] firstOfCall;
  private final Map<String, TreeMap<Integer, double[]>> rows = new HashMap<>();
  private final Map<Integer, double[]> headShownOtherwise = new HashMap<>();

  private ShownTrace(int[] tokens) {
    this.tokens = tokens;
    this.firstOfCall = new int[tokens.length];
  }

  /// Has an empty session compute tokens while it is observed: some of them in one call, the
  /// others one by one.
  ///
  /// @param together how many are computed in the one call
  static ShownTrace of(InferenceSession session, int[] tokens, int together) {
    ShownTrace trace = new ShownTrace(tokens);
    session.observe(trace.observer());
    session.forwardAll(
        Arrays.copyOf(tokens, together), (position, logits) -> trace.returned(position, logits));
    for (int position = together; position < tokens.length; position++) {
      trace.firstOfCall[position] = position;
      trace.returned(position, session.forward(tokens[position]));
    }
    session.observe(null);
    return trace;
  }

  private ActivationObserver observer() {
    return new ActivationObserver() {
      @Override
      public void observe(String name, int position, float[] values, int offset, int length) {
        float[] row = Arrays.copyOfRange(values, offset, offset + length);
        ofName(name).put(position, Precision.widened(row));
      }

      @Override
      public void observe(String name, int position, double[] values, int offset, int length) {
        ofName(name).put(position, Arrays.copyOfRange(values, offset, offset + length));
      }
    };
  }

  private TreeMap<Integer, double[]> ofName(String name) {
    return rows.computeIfAbsent(name, n -> new TreeMap<>());
  }

  private void returned(int position, float[] logits) {
    double[] answer = Precision.widened(logits);
    double[] shown = ofName(Activations.LM_HEAD).get(position);
    if (shown != null && Arrays.equals(narrowed(shown), logits)) {
      return;
    }
    if (shown != null) {
      headShownOtherwise.put(position, shown);
    }
    ofName(Activations.LM_HEAD).put(position, answer);
  }

  private static float[] narrowed(double[] row) {
    float[] narrow = new float[row.length];
    for (int i = 0; i < row.length; i++) {
      narrow[i] = (float) row[i];
    }
    return narrow;
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
    return rows.getOrDefault(name, new TreeMap<>()).keySet().stream()
        .mapToInt(Integer::intValue)
        .toArray();
  }

  @Override
  public boolean has(String name, int position) {
    return rows.getOrDefault(name, new TreeMap<>()).containsKey(position);
  }

  @Override
  public double[] row(String name, int position) {
    double[] row = rows.getOrDefault(name, new TreeMap<>()).get(position);
    if (row == null) {
      throw new IllegalArgumentException(name + " was not shown at position " + position);
    }
    return row;
  }

  @Override
  public Optional<double[]> headShownOtherwise(int position) {
    return Optional.ofNullable(headShownOtherwise.get(position));
  }

  @Override
  public int firstOfCall(int position) {
    return firstOfCall[position];
  }

  @Override
  public List<Foreign> foreign(String name, int position) {
    return List.of();
  }
}
