package dev.lockstep.harness.diagnosis.operation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Evaluates a network from what a backend showed. A row that was shown is taken as it is; one that
/// was not is evaluated, with the error budgets of everything since the last shown rows.
public final class Evaluation implements Inputs {
  private final Network network;
  private final Trace trace;
  private final Map<String, Computation> replaced;
  private final Map<String, Map<Integer, Estimate>> evaluated = new HashMap<>();

  public Evaluation(Network network, Trace trace) {
    this(network, trace, Map.of());
  }

  private Evaluation(Network network, Trace trace, Map<String, Computation> replaced) {
    this.network = network;
    this.trace = trace;
    this.replaced = replaced;
  }

  /// The same evaluation with one operation replaced: a hypothesis.
  public Evaluation with(String name, Computation computation) {
    return new Evaluation(network, trace, Map.of(name, computation));
  }

  @Override
  public int token(int position) {
    return trace.tokens()[position];
  }

  @Override
  public Estimate row(String name, int position) {
    if (trace.has(name, position)) {
      return Estimate.shown(trace.row(name, position));
    }
    Map<Integer, Estimate> rows = evaluated.computeIfAbsent(name, n -> new HashMap<>());
    Estimate known = rows.get(position);
    if (known != null) {
      return known;
    }
    // All rows up to this one together: a matrix is read once, and attention needs them anyway.
    int[] missing =
        IntStream.rangeClosed(0, position)
            .filter(p -> !trace.has(name, p) && !rows.containsKey(p))
            .toArray();
    Estimate[] estimates = evaluate(name, missing);
    for (int i = 0; i < missing.length; i++) {
      rows.put(missing[i], estimates[i]);
    }
    return estimates[missing.length - 1];
  }

  /// An operation's result at some positions, whether or not it was shown.
  public Estimate[] evaluate(String name, int[] positions) {
    return replaced.getOrDefault(name, network.operation(name)).evaluate(positions, this);
  }

  /// The operations between `name` and the shown activations before it, in order; empty if its
  /// inputs were shown.
  public List<String> unseenBefore(String name) {
    List<String> unseen = new ArrayList<>();
    for (String input : network.operation(name).inputs()) {
      if (!trace.shown().contains(input)) {
        for (String earlier : unseenBefore(input)) {
          if (!unseen.contains(earlier)) {
            unseen.add(earlier);
          }
        }
        unseen.add(input);
      }
    }
    return unseen;
  }

  /// Forgets the rows evaluated so far, which are no longer needed.
  public void forget() {
    evaluated.clear();
  }
}
